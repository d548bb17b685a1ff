"""The plan of the bench: what it names is there, and it fits into the time that is promised."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import run_part
from bench.plan import PARTS, Mode, chosen
from bench.rivals.race import RIVALS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_is_a_module_that_measures(part) -> None:
    assert callable(importlib.import_module(part.module).measure)


@pytest.mark.parametrize(("mode", "minutes"), [(Mode.QUICK, 2), (Mode.FULL, 15)])
def test_the_whole_is_planned_within_the_minutes_that_are_promised(mode, minutes) -> None:
    assert sum(part.seconds(mode) for part in PARTS) <= minutes * 60


def test_parts_are_chosen_by_name_and_an_unknown_one_is_refused() -> None:
    assert [part.name for part in chosen("growth,engine")] == ["growth", "engine"]
    assert chosen("") == PARTS
    with pytest.raises(ValueError, match="'http'"):
        chosen("engine,http")


def test_a_long_run_has_what_is_said_for_it_and_else_what_a_full_one_has() -> None:
    assert [mode.pick(1, 2, 3) for mode in Mode] == [1, 2, 3]
    assert [mode.pick(1, 2) for mode in Mode] == [1, 2, 2]


@pytest.mark.parametrize("rival", RIVALS)
def test_every_rival_has_a_label_and_a_way_to_run(rival: str) -> None:
    tree = ast.parse((ROOT / "bench" / "rivals" / f"{rival}.py").read_text())
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    names |= {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert {"label", "prepare"} <= names


def test_a_rival_that_is_not_installed_is_missing_and_no_failure() -> None:
    code = (
        "import sys; sys.modules['itsdangerous'] = None\n"
        "sys.argv = ['one', 'signed_text', '0.01']\n"
        "from bench.rivals.one import main; main()"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "missing" in told and "pip install" in told


def test_nothing_but_the_users_of_the_load_needs_locust() -> None:
    needing = set()
    for path in (ROOT / "bench").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in ("locust", "gevent") for name in names):
                needing.add(path.relative_to(ROOT / "bench").as_posix())
    users = {f"load/{name}.py" for name in ("user", "agents", "gateways", "admins", "attackers")}
    assert needing == {"locustfile.py", *users}


def test_no_module_beside_the_locustfile_hides_a_package() -> None:
    """locust puts the folder of its file first on the path: bench/engine.py would be `engine`."""
    hidden = {path.stem for path in (ROOT / "bench").glob("*.py")} & (
        set(sys.stdlib_module_names) | {"engine", "storage", "server", "tests"}
    )
    assert hidden == set()


def test_a_part_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = PARTS[0]._replace(name="nothing")
    section = run_part(broken, Mode.QUICK, tmp_path)
    assert section.measures == []
    assert "there is no part 'nothing'" in section.failures[0]


def test_a_part_that_takes_far_too_long_is_ended(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bench.__main__.PATIENCE", 0)
    monkeypatch.setattr("bench.__main__.GRACE_S", 0.0)
    section = run_part(PARTS[0], Mode.QUICK, tmp_path)
    assert section.failures and section.measures == []
