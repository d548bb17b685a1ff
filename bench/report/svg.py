"""A few shapes of SVG, enough for plots: text is escaped, numbers are short, colours follow the
reader's light or dark page.
"""

from collections.abc import Iterable
from html import escape
from math import floor, log10

WIDTH = 720
# Told apart by people who see colours otherwise as well (Okabe and Ito, "Color Universal Design").
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 14px; font-weight: 600 }
.quiet { fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
.goal { stroke: #57606a; stroke-width: 1; stroke-dasharray: 4 3 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .quiet { fill: #9198a1 }
  .grid { stroke: #3d444d } .goal { stroke: #9198a1 }
}
""".strip()


def number(value: float) -> str:
    """A coordinate, without digits that nobody sees."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def short(value: float) -> str:
    """A figure with three digits that count: 0.66, 5.61, 33.2, 1,234, 57k, 1.2M."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:.3g}M"
    if size >= 1e4:
        return f"{value / 1e3:.3g}k"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - floor(log10(size)))}f}"


def tick(value: float) -> str:
    """A round value at an axis: 0.1, 4, 1,000, 20k."""
    said = short(value)
    return said.rstrip("0").rstrip(".") if "." in said and said[-1].isdigit() else said


def tag(name: str, content: str = "", **attributes: object) -> str:
    """One element; an underscore in an attribute's name is a dash, at its end nothing."""
    parts = [name]
    for key, value in attributes.items():
        text = number(value) if isinstance(value, float) else str(value)
        parts.append(f'{key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    start = " ".join(parts)
    return f"<{start}>{content}</{name}>" if content else f"<{start}/>"


def text(x: float, y: float, said: str, **attributes: object) -> str:
    return tag("text", escape(said), x=float(x), y=float(y), **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "grid") -> str:
    return tag("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)


def document(title: str, height: float, elements: Iterable[str]) -> str:
    """A whole file, whose title is also read out by a screen reader."""
    body = "\n".join(
        [
            tag("title", escape(title)),
            tag("style", _STYLE),
            text(8, 20, title, class_="title"),
            *elements,
        ]
    )
    box = f"0 0 {WIDTH} {number(height)}"
    attributes = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "role": "img"}
    return tag("svg", f"\n{body}\n", width=WIDTH, height=float(height), **attributes) + "\n"
