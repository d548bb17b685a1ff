"""What reaches the terminal: nothing that it obeys, and no key lost without a word."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine import attenuate
from engine.caveats import Delegate
from server.cli import terminal
from server.cli.api import Api

ROOT = Path(__file__).parents[3]
EVIL = "\x1b]0;pwned\x07\x1b[2J\x1b]52;c;cm0gLXJm\x07\x9b31mred\x7f\u202egnp\u2066\r\nkey id  fake"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def harmless(done):
    assert "pwned" in done.said
    for text in (done.out, done.err):
        assert not OBEYED.search(re.sub(r"\x1b\[[0-9;]*m", "", text)), text
    return done


@pytest.fixture
def marked(online, served):
    """A key whose name and actor would take the terminal over."""
    body = {"name": f"{EVIL}[/x]", "actor_id": f"{EVIL}[link=http://evil]x", "scopes": ["a"]}
    return Api(served.url).post("/v2alpha1/admin/issuedApiKeys", body)


@pytest.mark.parametrize("colour", [False, True])
def test_nothing_that_a_key_is_called_is_obeyed_by_the_terminal(
    online, marked, monkeypatch, colour
):
    if colour:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "999")
    key_id = marked["issued_api_key"]["key_id"]
    for words in (
        ("get", key_id),
        ("list", "--limit", "1000"),
        ("list", "--limit", "1000", "--json"),
    ):
        done = harmless(online("keys", *words))
        assert done.code == 0
    assert done.json["issued_api_keys"]
    harmless(online("keys", "verify", given=marked["secret"]))
    assert "fake" in online("keys", "get", key_id).out
    rows = online("keys", "list", "--limit", "1000").out.splitlines()
    assert not any(row.strip().startswith("key id  fake") for row in rows)


def test_a_json_document_reads_the_same_for_all_that_was_escaped(online, marked):
    key_id = marked["issued_api_key"]["key_id"]
    assert online("keys", "get", key_id, "--json").json["actor_id"].startswith(EVIL)


def test_what_an_unverified_token_says_of_itself_is_not_obeyed(run, marked):
    token = attenuate(marked["secret"], Delegate("\x1b]0;pwned\x07[/x]\x9b2J")).text
    for words in (("inspect",), ("inspect", "--json")):
        harmless(run("token", *words, given=token))


def test_markup_in_a_name_or_a_scope_is_shown_as_it_stands(online):
    words = ("--name", "[/x]", "--scope", "[hidden:write]p")
    key_id = online("keys", "issue", *words, "--json").json["issued_api_key"]["key_id"]
    for shown in (online("keys", "list", "--limit", "1000"), online("keys", "get", key_id)):
        assert shown.code == 0 and "[/x]" in shown.out and "[hidden:write]p" in shown.out


def test_an_error_repeats_no_control_of_an_argument(run):
    harmless(run("keys", "get", "--\x1b]0;pwned\x07"))


@pytest.mark.parametrize("text", ["plain", "ümläut €", "日本", "👩‍💻", "a\u00a0b"])
def test_what_people_write_is_left_as_it_is(text):
    assert terminal.cell(text) == terminal.lines(text) == terminal.json(text) == text


def marzipan(folder, *words, given="", env=(), **where):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), **dict(env)}
    environment.pop("XDG_DATA_HOME", None)
    command = [sys.executable, "-m", "server", *words]
    where = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **where}
    return subprocess.run(command, cwd=folder, env=environment, text=True, input=given, **where)


@pytest.fixture
def full():
    with open("/dev/full", "w") as file:
        yield file


@pytest.mark.parametrize("as_json", [True, False])
def test_a_first_admin_key_that_cannot_be_printed_is_told_with_the_way_to_another(
    tmp_path, full, as_json
):
    words = ("init", "--database", "sqlite:///a.db", *(["--json"] if as_json else []))
    done = marzipan(tmp_path, *words, stdout=full)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert "can't be written" in last
    assert "admin-keys issue --database sqlite:///a.db" in last and "mz_ak_" not in done.stderr
    again = marzipan(tmp_path, "admin-keys", "issue", "--database", "sqlite:///a.db")
    assert again.returncode == 0 and again.stdout.startswith("mz_ak_")


def test_a_closed_stdout_loses_no_key_in_silence(tmp_path):
    code = "import sys; sys.stdout = None; from server.cli import main; sys.argv[0] = 'm'; main()"
    command = [sys.executable, "-c", code, "init", "--database", "sqlite:///a.db"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 1 and "admin-keys issue" in done.stderr.splitlines()[-1]


def test_an_admin_key_is_printed_though_nobody_can_be_told_about_it(tmp_path, full):
    done = marzipan(tmp_path, "init", "--database", "sqlite:///a.db", stderr=full)
    assert done.returncode == 0 and "mz_ak_" in done.stdout


def test_a_key_that_cannot_be_printed_is_told_with_its_id(tmp_path, served, full):
    env = {"MARZIPAN_SERVER": served.url, "MARZIPAN_ADMIN_KEY": served.admin_key}
    for words in (("issue",), ("issue", "--json")):
        done = marzipan(tmp_path, "keys", *words, env=env.items(), stdout=full)
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert re.search(r"is lost: .*marzipan keys revoke [0-9a-f-]{36}", done.stderr)
    done = marzipan(tmp_path, "keys", "list", env=env.items(), stdout=full)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "can't be written (No space left on device)" in done.stderr


def test_a_reader_that_went_away_gets_no_traceback(tmp_path, served):
    env = {"MARZIPAN_SERVER": served.url, "MARZIPAN_ADMIN_KEY": served.admin_key}
    for words in (("list",), ("list", "--json"), ("issue",)):
        reading, writing = os.pipe()
        os.close(reading)
        done = marzipan(tmp_path, "keys", *words, env=env.items(), stdout=writing)
        os.close(writing)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
