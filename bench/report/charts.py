"""The plots of the report: lines over a quantity that grows, bars beside each other, stacks."""

from collections.abc import Mapping, Sequence

from bench.report.scales import Scale, decades, from_zero
from bench.report.svg import COLOURS, WIDTH, document, line, number, short, tag, text, tick

Points = Sequence[tuple[float, float]]
_LEFT, _RIGHT, _TOP, _LINES = 64, 190, 44, 300
_ROW, _NAMES = 26, 250
_GREY = "#8c959f"
_DOTS = 20  # points of a curve, above which they would be all there is to see


def lines(
    title: str,
    curves: Mapping[str, Points],
    x: str,
    y: str,
    *,
    log_x: bool = False,
    log_y: bool = False,
    goal: float | None = None,
) -> str:
    """One line a curve, named at its end. Raises ValueError where there is no point."""
    points = [point for curve in curves.values() for point in curve]
    if not points:
        raise ValueError("a plot needs a point")
    across = _across([point[0] for point in points], log_x)
    heights = [point[1] for point in points] + ([goal] if goal else [])
    up = (decades if log_y else from_zero)(heights, _LINES - 46, _TOP + 8)  # below the unit
    body = [*_axes(across, up, x, y)]
    if goal is not None:
        body.append(line(_LEFT, up(goal), WIDTH - _RIGHT, up(goal), "goal"))
        body.append(text(_LEFT + 6, up(goal) - 4, f"goal {short(goal)}", class_="quiet"))
    ends = _apart([up(curve[-1][1]) for curve in curves.values()])
    for index, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        places = [(across(at), up(value)) for at, value in curve]
        path = "M" + " L".join(f"{number(a)} {number(b)}" for a, b in places)
        body.append(tag("path", d=path, class_="line", stroke=colour))
        if len(places) <= _DOTS:
            body += [tag("circle", cx=float(a), cy=float(b), r=3, fill=colour) for a, b in places]
        label = f"{name}: {short(curve[-1][1])}"
        style = f"fill:{colour};font-weight:600"
        body.append(text(WIDTH - _RIGHT + 10, ends[index] + 4, label, style=style))
    return document(title, _LINES, body)


def bars(
    title: str, rows: Sequence[tuple[str, float]], unit: str, *, first_is_ours: int = 1
) -> str:
    """One bar a row, from 0, its value at its end; ours are in another colour."""
    if not rows:
        raise ValueError("a plot needs a row")
    scale = from_zero([value for _, value in rows], _NAMES, WIDTH - 110)
    body = []
    for index, (name, value) in enumerate(rows):
        y = _TOP + index * _ROW
        colour = COLOURS[0] if index < first_is_ours else _GREY
        width = max(1.0, scale(value) - _NAMES)
        body.append(text(_NAMES - 8, y + 15, name, text_anchor="end"))
        body.append(tag("rect", x=_NAMES, y=y + 3, width=width, height=_ROW - 8, fill=colour))
        body.append(text(_NAMES + width + 6, y + 15, f"{short(value)} {unit}"))
    return document(title, _TOP + len(rows) * _ROW + 10, body)


def stacks(
    title: str, parts: Sequence[str], rows: Mapping[str, Mapping[str, float]], unit: str
) -> str:
    """One bar a row, made of its parts from left to right, whose colours stand above.

    Raises ValueError where there is no row, or where there are more parts than colours.
    """
    colours = dict(zip(parts, (*COLOURS, _GREY), strict=False))
    if not rows or len(colours) < len(parts):
        raise ValueError("a stack needs a row, and a colour for every part")
    scale = from_zero([sum(row.values()) for row in rows.values()], _NAMES, WIDTH - 110)
    body, top = [], _TOP + 2 * _ROW
    for index, part in enumerate(parts):
        x, y = 8.0 + (index % 4) * (WIDTH - 16) / 4, float(_TOP + index // 4 * 20)
        body.append(tag("rect", x=x, y=y - 10, width=10, height=10, fill=colours[part]))
        body.append(text(x + 16, y, part))
    for index, (name, row) in enumerate(rows.items()):
        y, at = top + index * _ROW, 0.0
        body.append(text(_NAMES - 8, y + 15, name, text_anchor="end"))
        for part, value in row.items():
            x, width = scale(at), scale(at + value) - scale(at)
            shape = {"x": x, "y": y + 3, "width": width, "height": _ROW - 8}
            body.append(tag("rect", **shape, fill=colours[part]))
            at += value
        body.append(text(scale(at) + 6, y + 15, f"{short(at)} {unit}"))
    return document(title, top + len(rows) * _ROW + 10, body)


def _across(values: Sequence[float], logarithmic: bool) -> Scale:
    if logarithmic:
        return Scale(min(values), max(values), _LEFT, WIDTH - _RIGHT, True)
    return Scale(min(values), max(values), _LEFT, WIDTH - _RIGHT)


def _axes(across: Scale, up: Scale, x: str, y: str) -> list[str]:
    found = [text(8, 36, y, class_="quiet")]
    for value in up.ticks():
        found.append(line(_LEFT, up(value), WIDTH - _RIGHT, up(value)))
        found.append(text(_LEFT - 6, up(value) + 4, tick(value), text_anchor="end", class_="quiet"))
    bottom = _LINES - 46
    ticks = across.ticks()
    # What is counted has no halves, which would be written as the same number twice.
    for value in [one for one in ticks if one == round(one)] or ticks:
        place = across(value)
        found.append(line(place, bottom, place, bottom + 4))
        said = f"{value:,.0f}"
        found.append(text(place, bottom + 18, said, text_anchor="middle", class_="quiet"))
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    found.append(text(middle, _LINES - 8, x, text_anchor="middle", class_="quiet"))
    return found


def _apart(places: Sequence[float], distance: float = 15) -> list[float]:
    """The places moved as little as needed that no two labels lie over each other."""
    moved, order = list(places), sorted(range(len(places)), key=lambda one: places[one])
    last = float("-inf")
    for index in order:
        moved[index] = last = max(places[index], last + distance)
    first = _LINES - 8.0 + distance
    for index in reversed(order):  # those that were moved out of the picture come up again
        moved[index] = first = min(moved[index], first - distance)
    return moved
