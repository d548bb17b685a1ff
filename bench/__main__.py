"""Runs the bench: every part in a process of its own, one after another, then the report.

    python -m bench [--quick | --long] [--only PART,PART] [--out FOLDER]

A part that fails is told in the report and ends the run with 1 after all others were measured.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench import machine
from bench.plan import PARTS, Mode, Part, chosen
from bench.progress import Bar
from bench.report.page import goals_table
from bench.report.writing import write
from bench.results import Run, Section, load_section

OUT = Path(__file__).parent / "results" / "latest"
GRACE_S = 60.0
PATIENCE = 6  # how many times as long as planned a part may take: others may be busy here


def run_part(part: Part, mode: Mode, folder: Path) -> Section:
    """What a part found; of one that failed, the last thing that it said."""
    path = folder / f"{part.name}.json"
    command = [sys.executable, "-m", "bench.section", part.name, mode.value, str(path)]
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=GRACE_S + PATIENCE * part.seconds(mode))
    except subprocess.TimeoutExpired:
        process.terminate()
        said, _ = process.communicate()
    if process.returncode == 0 and path.exists():
        return load_section(path)
    last = said.strip().splitlines()[-8:] or ["it said nothing"]
    seconds = time.monotonic() - began
    return Section(name=part.name, failures=["\n".join(last)], seconds=seconds)


def show(run: Run, console: Console) -> None:
    """The goals as a table."""
    head, *found = goals_table(run)
    table = Table(title=f"Goals, {run.commit}, {run.mode}", box=None, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for cells in found:
        style = {"met": "green", "**not met**": "red"}.get(cells[-1], "")
        table.add_row(*(Text(cell.strip("*"), style=style) for cell in cells))
    console.print(table)
    for section in run.sections:
        for line in section.failures:
            console.print(Text(f"FAILED {section.name}: {line}", style="red"))
        for line in section.missing:
            console.print(Text(f"missing {section.name}: {line}", style="yellow"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_const", dest="mode", const=Mode.QUICK)
    how.add_argument("--long", action="store_const", dest="mode", const=Mode.LONG)
    parser.add_argument("--only", default="", help=", ".join(part.name for part in PARTS))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.set_defaults(mode=Mode.FULL)
    given = parser.parse_args()
    try:
        parts = chosen(given.only)
    except ValueError as error:
        parser.error(str(error))
    began = time.monotonic()
    run = Run(
        machine=machine.machine(), versions=machine.versions(), commit=machine.commit(),
        mode=given.mode.value, started=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    told = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="marzipan-bench-") as folder:
        with Bar(told, parts, given.mode) as bar:
            for part in parts:
                with bar.part(part):
                    run.sections.append(run_part(part, given.mode, Path(folder)))
    run.seconds = time.monotonic() - began
    report = write(run, given.out)
    console = Console() if sys.stdout.isatty() else Console(width=180, no_color=True)
    show(run, console)
    console.print(f"report: {report}", soft_wrap=True)
    sys.exit(any(section.failures for section in run.sections))


if __name__ == "__main__":
    main()
