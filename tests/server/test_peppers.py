"""Guarantees of server/peppers.py, and of the setting that names its file."""

import asyncio
import os
from pathlib import Path

import pytest

from server import bootstrap, peppers
from server.peppers import MOST, PepperError
from server.settings import SettingsError, load

PEPPER = "a pepper that nobody shall see"


def write(path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def test_every_line_is_a_pepper_as_text_or_as_bytes(tmp_path: Path) -> None:
    lines = f'{{"id": "main", "value": " {PEPPER} "}}\r\n\n{{"id": "old-1.b_c", "hex": "00FFa0"}}\n'
    found = peppers.load(write(tmp_path / "p", lines))
    assert found == {"main": f" {PEPPER} ".encode(), "old-1.b_c": b"\x00\xff\xa0"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "holds 0 peppers"),
        ("\n\n", "holds 0 peppers"),
        (PEPPER, "line 1 that is not"),
        (
            f'{{"id": "a", "value": "{PEPPER}"}}\n{{"id": "a", "value": "x"}}',
            "second time in line 2",
        ),
        (f'{{"id": "", "value": "{PEPPER}"}}', "line 1 that is not"),
        (f'{{"id": "a b", "value": "{PEPPER}"}}', "line 1 that is not"),
        (f'{{"id": "a:b", "value": "{PEPPER}"}}', "line 1 that is not"),
        (f'{{"id": "{"x" * 65}", "value": "{PEPPER}"}}', "line 1 that is not"),
        (f'{{"value": "{PEPPER}"}}', "line 1 that is not"),
        ('{"id": "a"}', "line 1 that is not"),
        ('{"id": "a", "value": ""}', "line 1 that is not"),
        ('{"id": "a", "hex": ""}', "line 1 that is not"),
        ('{"id": "a", "hex": "0"}', "line 1 that is not"),
        ('{"id": "a", "hex": "xy"}', "line 1 that is not"),
        (f'{{"id": "a", "hex": "00", "value": "{PEPPER}"}}', "line 1 that is not"),
        (f'{{"id": "a", "secret": "{PEPPER}"}}', "line 1 that is not"),
        (b"\xff\xff", "not text in UTF-8"),
        ("[" * 100_000, "line 1 that is not"),
        ("\n".join(f'{{"id": "p{n}", "value": "x"}}' for n in range(MOST + 1)), "not 1 to 16"),
    ],
)
def test_a_file_that_is_not_sound_is_refused_without_a_word_of_it(tmp_path, content, why) -> None:
    with pytest.raises(PepperError) as refused:
        peppers.load(write(tmp_path / "p", content))
    assert why in str(refused.value) and PEPPER not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "p", f'{{"id": "a", "value": "{PEPPER}"}}', mode)
    with pytest.raises(PepperError, match=f"chmod 600 {path}"):
        peppers.load(path)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write(tmp_path / "p", '{"id": "a", "value": "x"}'))
    os.mkfifo(tmp_path / "fifo", 0o600)
    for name, why in {"link": "symbolic link", "fifo": "not a regular", "none": "missing"}.items():
        with pytest.raises(PepperError, match=why):
            peppers.load(tmp_path / name)


def test_the_setting_is_read_from_every_place_and_is_off_unless_given(tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": "/home/me/data"}
    assert load({}, home).peppers_file is None
    config = write(tmp_path / "c.toml", '[imports]\npeppers_file = "/run/p"\n')
    assert load({"config": str(config)}, home).peppers_file == Path("/run/p")
    given = {"MARZIPAN_IMPORTS_PEPPERS_FILE": "/run/q"}
    assert load({}, home | given).peppers_file == Path("/run/q")
    with pytest.raises(SettingsError, match="imports.peppers_file"):
        load({"imports.pepper_file": "/run/p"}, home)


def test_a_server_does_not_start_with_a_file_that_is_unsound(tmp_path: Path) -> None:
    file = write(tmp_path / "p", "x")
    database = f"sqlite:///{tmp_path}/m.db"
    settings = load({"database": database, "imports.peppers_file": str(file)}, {})
    with pytest.raises(PepperError):
        asyncio.run(bootstrap.start(settings))
    assert not (tmp_path / "m.db").exists()
