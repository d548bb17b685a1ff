"""Whether this tree is slower than a revision, before it lands: both in one interleaved run.

    python -m bench.compare REV [--pairs N] [--cases TEXT] [--no-http] [--fail-above 1.05]

Two processes, one of each tree, do the same case in turns, A B B A, in slices of about 30 ms, so
that whatever else the machine does falls on both; then two new processes, for how code and heap lie
in memory differs from one to the next. Times are the processor's, where nothing is waited for. A
ratio is this tree's time by the revision's, so above 1 is slower. Ends with 1 where the whole
interval of a ratio lies above --fail-above.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.compare_http import http_ratios
from bench.stats import Interval, bootstrap, verdict
from bench.trees import ROOT, built

SLICE_S = 0.03


class Probe:
    """One process that does cases, from the tree given."""

    def __init__(self, tree: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.probe"], cwd=tree, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree)},
        )  # fmt: skip
        self.cases = self._line().split("\t")

    def time(self, case: str, times: int) -> float:
        """Seconds that it took."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{case} {times}\n")
        self._process.stdin.flush()
        return int(self._line()) / 1e9

    def close(self) -> None:
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline().rstrip("\n"):
            return line
        raise SystemExit(f"a probe ended:\n{self._process.communicate()[1][-2000:]}")


def times_for(probe: Probe, case: str) -> int:
    """How often a case fits into a slice."""
    times = 1
    while (spent := probe.time(case, times)) < SLICE_S / 3:
        times = max(times * 2, int(times * SLICE_S / max(spent, 1e-6) / 3))
    return max(1, int(times * SLICE_S / spent))


def quads(ours: Probe, theirs: Probe, case: str, rounds: int) -> list[float]:
    """Ratios of A + A by B + B, in the order A B B A."""
    times = times_for(ours, case)
    theirs.time(case, times)
    found = []
    for _ in range(rounds):
        first, second = ours.time(case, times), theirs.time(case, times)
        third, fourth = theirs.time(case, times), ours.time(case, times)
        found.append((first + fourth) / (second + third))
    return found


def ratios(
    ours: Path, theirs: Path, wanted: str, pairs: int, rounds: int
) -> dict[str, list[list[float]]]:
    """By case, the ratios of every pair of processes."""
    found: dict[str, list[list[float]]] = {}
    for number in track(range(pairs), "pairs of processes", console=Console(stderr=True)):
        # Who starts first has the emptier machine.
        trees = (ours, theirs) if number % 2 else (theirs, ours)
        probes = {tree: Probe(tree) for tree in trees}
        mine, other = probes[ours], probes[theirs]
        for case in mine.cases:
            if wanted in case and case in other.cases:
                found.setdefault(case, []).append(quads(mine, other, case, rounds))
        mine.close()
        other.close()
    return found


def report(found: dict[str, Interval], base: str) -> Table:
    table = Table(title=f"this tree / {base}: times, so above 1 is slower", box=None)
    for name in ("case", "ratio", "95 %", ""):
        table.add_column(name)
    for case, interval in found.items():
        said = f"{interval.low:.3f} to {interval.high:.3f}"
        table.add_row(case, f"{interval.ratio:.3f}", said, verdict(interval))
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.compare")
    parser.add_argument("base")
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--cases", default="", help="only those whose name has this text")
    parser.add_argument("--no-http", action="store_true")
    parser.add_argument("--fail-above", type=float, default=1.05)
    given = parser.parse_args(arguments)
    base = built(given.base)
    groups = ratios(ROOT, base, given.cases, given.pairs, given.rounds)
    if not given.no_http and given.cases in "HTTP verify":
        groups |= http_ratios(ROOT, base, given.pairs)
    found = {case: bootstrap(each) for case, each in groups.items()}
    console = Console() if sys.stdout.isatty() else Console(width=120, no_color=True)
    console.print(report(found, f"{given.base} ({base.name[:12]})"))
    slower = [case for case, interval in found.items() if interval.low > given.fail_above]
    if slower:
        raise SystemExit(f"slower by more than {given.fail_above:g}: {', '.join(slower)}")


if __name__ == "__main__":
    main()
