"""Guarantees of the Makefile, read from what it would do."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def would(tmp_path: Path, *words: str) -> str:
    """What make would do in a clone that has nothing yet."""
    command = ["make", "-n", "-C", str(ROOT), f"VENV={tmp_path}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def installed(told: str) -> list[str]:
    return re.findall(r"--editable '(.*?)'", told)


def test_a_first_look_installs_no_tools_of_the_tests_and_the_tests_do(tmp_path: Path) -> None:
    assert installed(would(tmp_path, "run")) == [".[server]"]
    assert installed(would(tmp_path, "test")) == [".[server,test]"]


def test_a_run_takes_a_port_and_other_options(tmp_path: Path) -> None:
    assert re.search(r"marzipan serve *$", would(tmp_path, "run"), re.MULTILINE)
    told = would(tmp_path, "run", "PORT=4421", "ARGS=--surface admin")
    assert "marzipan serve --port 4421 --surface admin" in told


def test_who_ran_the_tests_need_not_install_again_to_run(tmp_path: Path) -> None:
    made = re.findall(r"^touch (.*)$", would(tmp_path, "test"), re.MULTILINE)
    assert made == [f"{tmp_path}/.run {tmp_path}/.ready"]


def test_the_long_tests_of_faults_are_run_by_their_own_name(tmp_path: Path) -> None:
    assert "pytest tests/faults -m 'long or not long'" in would(tmp_path, "faults")
    assert " -m '" not in would(tmp_path, "test")
