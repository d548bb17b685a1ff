"""The engine's table: one run of bench_engine.py, as ratios, against the goals.

    python -m bench.engine [--json FILE]

Needs the extra `bench`, and libmacaroons-dev for the rival in C. Prints Markdown.
"""

import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from engine import _kernels, _steps

# label -> the ratio that is the goal
RIVALS = {
    "libmacaroons (C)": 5,
    "pymacaroons": 30,
    "PyJWT HS256": 20,
    "PyJWT EdDSA": 100,
    "biscuit-python": 100,
}


class Timing:
    """Microseconds of one call: the least of all rounds, and the median."""

    def __init__(self, entry: Mapping[str, object]) -> None:
        stats, extra = entry["stats"], entry["extra_info"]
        assert isinstance(stats, dict) and isinstance(extra, dict)
        self.least = float(stats["min"]) / extra["per"] * 1e6
        self.median = float(stats["median"]) / extra["per"] * 1e6


def run(path: Path) -> None:
    """One run of all benchmarks in this file's folder, its results as JSON."""
    bench = Path(__file__).with_name("bench_engine.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(bench)]
    command += ["--benchmark-only", "--benchmark-quiet", f"--benchmark-json={path}"]
    done = subprocess.run(command, cwd=bench.parents[1], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    print(done.stdout.strip().splitlines()[-1], file=sys.stderr)


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def table(found: Mapping[str, Timing]) -> list[str]:
    """The lines of the report."""
    ours = found["key 1"]
    lines = [
        f"Python {platform.python_version()}, {platform.machine()}, "
        f"BLAKE3 kernel {_kernels.kernels()[0]}. Microseconds a call; ratios of the least.",
        "",
        row("what", "least", "median", "ratio", "goal"),
        row("---", "---:", "---:", "---:", "---:"),
    ]

    def add(name: str, timing: Timing, ratio: str = "", goal: str = "") -> None:
        lines.append(row(name, f"{timing.least:.3f}", f"{timing.median:.3f}", ratio, goal))

    for kind in ("key", "grant"):
        for blocks in (0, 1, 2, 4, 8, 16):
            goal = "at most 1.0 us" if blocks == 1 else ""
            add(f"verify, {kind} + {blocks} blocks", found[f"{kind} {blocks}"], "", goal)
        each = (found[f"{kind} 16"].least - found[f"{kind} 1"].least) / 15
        lines.append(row(f"each further block, {kind}", f"{each:.3f}", "", "", "at most 0.25 us"))
    add("verify, and read the grant's scopes", found["looked at"])
    add("refuse a forged tail", found["forged"])
    add("verify, readable road", found["readable"], f"{found['readable'].least / ours.least:.1f}")
    loop, many = found["thousand loop"], found["thousand many"]
    add("1,000 tokens one by one", loop)
    add("1,000 tokens, verify_many", many, f"{loop.least / many.least:.2f}", "2")
    one, two = found["threads 1"], found["threads 2"]
    add("verify_many, two threads", two, f"{one.least / two.least:.2f}")
    for name, goal in RIVALS.items():
        if timing := found.get(f"rival {name}"):
            add(name, timing, f"{timing.least / ours.least:.1f}", str(goal))
        else:
            lines.append(row(name, "", "", "not installed", goal))
    return lines


def steps(found: Mapping[str, Timing]) -> list[str]:
    """Where the time of one verify goes, beside the floor of its compressions."""
    whole = found["key 1"].least
    lines = ["", row("step of a verify", "ns", "share"), row("---", "---:", "---:")]
    known = 0.0
    for step in _steps.STEPS:
        least = found[f"step {step}"].least
        floor = step == "compressions"
        known += 0 if floor else least
        name = "(of which the compressions alone)" if floor else step
        lines.append(row(name, f"{least * 1e3:.0f}", f"{least / whole:.0%}"))
    rest = whole - known
    lines.append(row("the call itself and the rest", f"{rest * 1e3:.0f}", f"{rest / whole:.0%}"))
    return lines


def main() -> None:
    if sys.argv[1:2] == ["--json"]:
        path = Path(sys.argv[2])
        run(path)
    else:
        path = Path(tempfile.mkdtemp()) / "engine.json"
        run(path)
    entries = json.loads(path.read_text())["benchmarks"]
    found = {entry["name"]: Timing(entry) for entry in entries}
    print("\n".join([*table(found), *steps(found)]))


if __name__ == "__main__":
    main()
