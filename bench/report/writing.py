"""Puts a report into a folder, in the place of the one before."""

from pathlib import Path

from bench.report.page import page
from bench.report.plots import plots
from bench.results import Run, save


def write(run: Run, folder: Path) -> Path:
    """Writes run.json, the plots and report.md; where the report is."""
    report = show(run, folder)
    save(folder / "run.json", run)
    return report


def show(run: Run, folder: Path) -> Path:
    """Writes the plots and report.md, which is all that a reader needs; where the report is."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    names = []
    for name, content in plots(run):
        (folder / name).write_text(content, encoding="utf-8")
        names.append(name)
    report = folder / "report.md"
    report.write_text(page(run, names), encoding="utf-8")
    return report
