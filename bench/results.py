"""What a run of the bench found, as it stands in JSON.

A measure keeps every round that was timed, so that whoever reads a file can judge its noise and
need not believe a summary.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from bench.stats import percentile


class Measure(msgspec.Struct, kw_only=True):
    """One figure. `values` are the rounds, in `unit`; `x` is where it stands on a growth curve."""

    name: str
    unit: str
    values: list[float]
    x: float | None = None
    series: str = ""
    note: str = ""

    @property
    def least(self) -> float:
        return min(self.values)

    @property
    def most(self) -> float:
        return max(self.values)

    @property
    def median(self) -> float:
        return percentile(self.values, 50)


class Section(msgspec.Struct, kw_only=True):
    """One part of a run. `missing` says what could not be measured here, and how to get it."""

    name: str
    measures: list[Measure] = []
    missing: list[str] = []
    failures: list[str] = []
    text: str = ""
    seconds: float = 0.0

    def add(
        self,
        name: str,
        unit: str,
        values: Iterable[float],
        *,
        x: float | None = None,
        series: str = "",
        note: str = "",
    ) -> Measure:
        measure = Measure(name=name, unit=unit, values=list(values), x=x, series=series, note=note)
        self.measures.append(measure)
        return measure


class Run(msgspec.Struct, kw_only=True):
    """A whole run: on what, of which commit, how thorough, and what was found."""

    machine: dict[str, str]
    versions: dict[str, str]
    commit: str
    mode: str
    started: str
    seconds: float = 0.0
    sections: list[Section] = []

    def find(self, section: str, name: str) -> Measure | None:
        """A measure by its names, or None where it was not taken."""
        for each in self.sections:
            if each.name == section:
                return next((one for one in each.measures if one.name == name), None)
        return None

    def curve(self, section: str, series: str) -> list[Measure]:
        """The measures of one series, by where they stand."""
        found = [
            one
            for each in self.sections
            if each.name == section
            for one in each.measures
            if one.series == series and one.x is not None
        ]
        return sorted(found, key=lambda one: one.x or 0.0)


def save(path: Path, value: msgspec.Struct) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def load_section(path: Path) -> Section:
    return msgspec.json.decode(path.read_bytes(), type=Section)


def load_run(path: Path) -> Run:
    return msgspec.json.decode(path.read_bytes(), type=Run)
