"""Admin keys made and ended offline: whoever lost the last one is not locked out."""

import asyncio
import re
import time

import pytest

from server import adminkeys, bootstrap
from server.cli.greeting import admin_key_warning
from server.settings import load

DB = ("--database", "sqlite:///a.db")


@pytest.fixture
def house(run):
    """An initialised database, and its first admin key."""
    done = run("init", *DB)
    assert done.code == 0, done.err
    return re.fullmatch(r"export MARZIPAN_ADMIN_KEY=(\S+)\n", done.out)[1]


def good(run, serving, monkeypatch, key):
    """Whether a server on the same files takes the key."""
    server = serving("a")
    try:
        monkeypatch.setenv("MARZIPAN_ADMIN_KEY", key)
        return run("keys", "list", "--server", server.url).code == 0
    finally:
        server.stop()


def test_a_lost_or_leaked_admin_key_is_replaced_offline(run, house, serving, monkeypatch):
    issued = run("admin-keys", "issue", *DB)
    assert issued.code == 0 and len(issued.out.split()) == 1, issued.err
    new = issued.out.strip()
    (old_id,) = (
        key["key_id"]
        for key in run("admin-keys", "list", *DB, "--json").json["admin_keys"]
        if key["name"] == "first admin key"
    )
    assert run("admin-keys", "revoke", old_id, *DB).code == 0
    assert not good(run, serving, monkeypatch, house)
    assert good(run, serving, monkeypatch, new)
    listed = run("admin-keys", "list", *DB)
    assert "revoked" in listed.out and "active" in listed.out
    assert house not in listed.said and new not in listed.said


def test_an_expired_admin_key_is_replaced_offline(run, serving, monkeypatch):
    for name in ("MAX_TTL", "DEFAULT_TTL", "DERIVED_DEFAULT_TTL"):
        monkeypatch.setenv(f"MARZIPAN_{name}", "1s")
    assert run("init", *DB).code == 0
    time.sleep(1.1)
    assert "No admin key lives now" in run("admin-keys", "list", *DB).err
    for name in ("MAX_TTL", "DEFAULT_TTL", "DERIVED_DEFAULT_TTL"):
        monkeypatch.delenv(f"MARZIPAN_{name}")
    key = run("admin-keys", "issue", *DB).out.strip()
    assert good(run, serving, monkeypatch, key)


def test_a_narrowed_admin_key_may_read_and_not_issue(run, house, serving, monkeypatch, tmp_path):
    args = ("--scope", "marzipan:read", "--ttl", "1h", "--network", "127.0.0.1", "--out", "r.key")
    done = run("admin-keys", "issue", *DB, *args, "--json")
    assert done.code == 0 and "secret" not in done.json
    assert done.json["admin_key"]["scopes"] == ["marzipan:read"]
    assert done.json["admin_key"]["allowed_cidrs"] == ["127.0.0.1/32"]
    assert (tmp_path / "r.key").stat().st_mode & 0o777 == 0o600
    server = serving("a")
    monkeypatch.setenv("MARZIPAN_SERVER", server.url)
    try:
        assert run("keys", "list", "--admin-key-file", "r.key").code == 0
        refused = run("keys", "issue", "--admin-key-file", "r.key")
        assert refused.code == 1 and "marzipan:admin" in refused.err
    finally:
        server.stop()


@pytest.mark.parametrize(
    "words",
    [("issue", "--scope", "payments:read"), ("issue", "--ttl", "9y"), ("issue", "--ttl", "")]
    + [("revoke", "00000000-0000-4000-8000-000000000000"), ("revoke", "nonsense")],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(run, house, words):
    before = run("admin-keys", "list", *DB, "--json").out
    assert run("admin-keys", *words, *DB).code in (1, 2)
    assert run("admin-keys", "list", *DB, "--json").out == before


def test_without_a_database_nothing_is_made(run, tmp_path):
    done = run("admin-keys", "issue", "--database", "sqlite:///none.db")
    assert done.code == 1 and "marzipan init" in done.err and not done.out
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".db", ".secret")]


def test_a_running_server_keeps_its_database_and_the_message_says_to_stop_it(run, house, serving):
    server = serving("a")
    try:
        done = run("admin-keys", "issue", *DB)
    finally:
        server.stop()
    assert done.code == 1 and "in use by process" in done.err and "Stop it" in done.err


def test_who_is_stuck_without_an_admin_key_is_told_the_way_out(run, house, monkeypatch):
    assert f"marzipan admin-keys issue {DB[0]} {DB[1]}" in run("init", *DB).err
    assert "admin-keys issue" in run("keys", "list").err


def test_a_start_warns_in_the_last_month_of_the_last_admin_key(run, house):
    settings = load({"database": "sqlite:///a.db"}, {})

    async def warnings(*days):
        async with bootstrap.existing(settings) as node:
            now = node.clock()
            told = []
            for each in days:
                node.clock = lambda each=each: now + each * 86_400
                told.append(await admin_key_warning(node, {}))
            return told

    fresh, month, gone = asyncio.run(warnings(0, 336, 366))
    assert fresh is None
    assert "ends at" in month and "admin-keys issue" in month
    assert "no live admin key" in gone
    assert adminkeys.SOON_S == 30 * 86_400
