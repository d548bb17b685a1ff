"""What people read: whole ids at 80 columns, words instead of the wire's names, the right URL."""

import re
import socket

import pytest

from engine import attenuate
from engine.caveats import Amount, Window
from server.bootstrap import Initialised
from server.cli import greeting
from server.settings import load

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MACHINE = re.compile(r"KEY_STATUS|KEY_VISIB|VERIFICATION_|REVOCATION_|True|False|None|\{|\[|Unix")


@pytest.fixture
def narrow(online, monkeypatch):
    """`online`, on a terminal of 80 columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words, given=""):
        done = online(*words, given=given)
        text = re.sub(r"\x1b\[[0-9;]*m", "", done.out)
        assert all(len(line) <= 80 for line in text.splitlines())
        return text + done.err

    return call


def test_ids_are_whole_at_80_columns(narrow, online):
    words = ("--name", "a rather long name of a key", "--actor", "somebody-with-a-long-name")
    issued = online("keys", "issue", *words, "--scope", "payments:execute", "--json").json
    key_id = issued["issued_api_key"]["key_id"]
    assert re.search(rf"^{key_id} .* active +20", narrow("keys", "list", "--limit", "1000"), re.M)
    assert key_id in narrow("keys", "get", key_id)
    assert f"key {key_id} is dead" in online("token", "revoke", given=issued["secret"]).err
    assert re.search(rf" key +{key_id} ", narrow("revocations"))
    assert online("keys", "get", key_id.replace("-", "")).code == 0


def test_no_word_of_the_wire_is_shown_to_people(narrow, online):
    issued = online("keys", "issue", "--network", "127.0.0.1", "--scope", "a", "--json").json
    key, key_id = issued["secret"], issued["issued_api_key"]["key_id"]
    token = attenuate(key, Amount("USD", 4999)).text
    past = attenuate(key, Window(1, 1_000_000_000)).text
    shown = {
        "get": narrow("keys", "get", key_id),
        "allowed": narrow("keys", "verify", given=key),
        "refused": narrow("keys", "verify", "--amount", "USD 50.00", given=token),
        "scope": narrow("keys", "verify", "--scope", "b", given=key),
        "past": narrow("keys", "verify", given=past),
        "explained": narrow("keys", "explain", given=past),
        "inspected": narrow("token", "inspect", given=past),
        "offline": narrow("token", "explain", given=past),
    }
    for name, text in shown.items():
        assert not MACHINE.search(text), (name, text)
    assert "REFUSED by Amount (block 0, caveat 0): amount 5000 exceeds 4999" in shown["refused"]
    assert "REFUSED by Scopes (the credential's own terms)" in shown["scope"]
    assert "2001-09-09T01:46:40Z" in shown["past"] and "2001-09-09T01:46:40Z" in shown["inspected"]
    assert re.search(r"from +127\.0\.0\.1/32", shown["get"])
    assert re.search(rf"key id +{key_id}", shown["allowed"])


def test_what_stands_in_brackets_is_not_taken_for_markup(narrow, online):
    key_id = online("keys", "issue", "--name", "[red]x", "--json").json["issued_api_key"]["key_id"]
    assert "[red]x" in narrow("keys", "get", key_id)


def test_revocations_says_what_is_killed_and_why(narrow, online):
    made = {}
    for reason in ("key_compromise", "superseded"):
        made[reason] = online("keys", "issue", "--json").json["issued_api_key"]["key_id"]
        online("keys", "revoke", made[reason], "--reason", reason)
    rotated = online("keys", "issue", "--json").json["issued_api_key"]["key_id"]
    online("keys", "rotate", rotated, "--grace", "1h")
    text = re.sub(r"\s+", " ", narrow("revocations"))
    assert f"key {made['key_compromise']} key compromise" in text
    assert f"key {made['superseded']} superseded" in text
    assert re.search(rf"key, later {rotated} rotated, ends 20[0-9-]+ [0-9:]+Z", text)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (10, "::1")])
def test_the_url_shown_is_that_of_the_port_taken_with_brackets_around_ipv6(family, host):
    try:
        listening = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("no IPv6 here")
    with listening:
        url = greeting.url_of(listening)
        shown = f"[{host}]" if ":" in host else host
        assert url == f"http://{shown}:{listening.getsockname()[1]}"


def test_what_is_printed_can_be_pasted(run, monkeypatch, capsys):
    settings = load({"database": "sqlite:///a.db"}, {})
    made = Initialised("mz_ak_x", bytes(16), 1_800_000_000, ("admin key",))
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("sys.argv", [".venv/bin/marzipan", "serve"])
    flags = {"database": "sqlite:///a b.db"}
    greeting.greet(settings, made, "http://127.0.0.1:5000", flags, bytes(16))
    told = capsys.readouterr().err
    assert "or: .venv/bin/marzipan keys issue" in told
    assert "--server http://127.0.0.1:5000" in told and "http://127.0.0.1:5000/v2alpha1" in told
    known = Initialised(None, None, None, ())
    greeting.greet(settings, known, "http://127.0.0.1:4420", flags, bytes(16))
    told = capsys.readouterr().err
    assert ".venv/bin/marzipan admin-keys issue --database 'sqlite:///a b.db'" in told


def test_init_prints_one_line_for_the_shell_on_stdout_and_the_expiry_beside_it(run):
    done = run("init", "--database", "sqlite:///a.db")
    assert re.fullmatch(r"export MARZIPAN_ADMIN_KEY=mz_ak_\S+\n", done.out)
    assert "good until 20" in done.err and done.err.count("schema") == 1
    assert run("init", "--database", "sqlite:///a.db").out == ""


def test_no_summary_in_the_help_is_cut(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for words in ((), ("keys",), ("token",), ("admin-keys",), ("master",), ("migrate",)):
        help_ = run(*words, "-h").out.split("Commands:")[1]
        assert "..." not in help_ and "…" not in help_, help_


@pytest.mark.parametrize("ending", ["token revoke", "keys issue", "keys rotate", "serve"])
def test_every_option_has_a_help_and_says_what_its_value_looks_like(run, ending):
    help_ = run(*ending.split(), "-h").out.split("Options:")[1]
    for option in re.findall(r"^  (--\S+(?: \S+)?)(?:  |\n)", help_, re.M):
        assert "TEXT" not in option or option.split()[0] in ("--name", "--actor", "--scope")
