"""What is published of a run is whole, small, and says nothing of where it was made."""

import re
import tempfile
from pathlib import Path

import pytest

from bench.plan import PARTS
from bench.report import reference as module
from bench.report.reference import reference, unplaced
from bench.report.writing import show
from bench.results import Run, Section, save

ROOT = Path(__file__).parents[2]


def whole(mode: str = "full", commit: str = "abc", **changed: Section) -> Run:
    sections = [changed.get(part.name, Section(name=part.name)) for part in PARTS]
    return Run(machine={}, versions={}, commit=commit, mode=mode, started="", sections=sections)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path / "run.json", tmp_path / "locust.json"


def test_a_run_that_is_not_there_quick_or_of_some_parts_only_is_no_reference(stored) -> None:
    with pytest.raises(SystemExit, match="there is no"):
        reference(*stored)
    save(stored[0], whole("quick"))
    with pytest.raises(SystemExit, match="quick"):
        reference(*stored)
    run = whole()
    del run.sections[0]
    save(stored[0], run)
    with pytest.raises(SystemExit, match=PARTS[0].name):
        reference(*stored)


@pytest.mark.parametrize(("commit", "seconds"), [("abc", 600), ("other", 60)])
def test_a_longer_run_of_locust_takes_the_place_of_the_short_one(stored, commit, seconds) -> None:
    save(stored[0], whole(traffic=Section(name="traffic", seconds=60)))
    longer = Section(name="traffic", seconds=600)
    save(stored[1], Run(machine={}, versions={}, commit=commit, mode="locust, 60 users for 10m",
                        started="", sections=[longer]))  # fmt: skip
    found = reference(*stored)
    assert [one.name for one in found.sections] == [part.name for part in PARTS]
    assert [one.seconds for one in found.sections if one.name == "traffic"] == [seconds]


def test_no_folder_of_the_machine_is_named(tmp_path: Path) -> None:
    said = f"{ROOT}/bench/x.py: {Path.home()}/a, {tempfile.gettempdir()}/b and /v1/verify"
    run = unplaced(whole(stores=Section(name="stores", failures=[said], missing=[said], text=said)))
    report = show(run, tmp_path).read_text()
    assert report.count("./bench/x.py: ~/a, TMP/b and /v1/verify") == 3
    for place in (str(ROOT), tempfile.gettempdir()):
        assert place not in report


def test_what_is_published_is_the_page_and_the_plots_it_shows(tmp_path: Path) -> None:
    rivals = Section(name="rivals")
    rivals.add("Marzipan", "us", [0.5] * 1000)
    report = show(whole(rivals=rivals), tmp_path)
    shown = set(re.findall(r"!\[.*?\]\((.*?)\)", report.read_text()))
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", *shown}
    assert shown == {"rivals.svg"}
