"""Guarantees of a run: what it writes, leaves out and never brings back, and that it can be redone.

The command runs in processes of its own.
"""

import signal
import sqlite3
import time
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from engine import Kind, Revocation, actor_target
from server import keys
from storage.base import AuditEvent, Change, KeyFilter, KeyKind, KeyStatus, NewRevocation

OTHER = "12345678-1234-4123-8123-123456789abc"
RAW = "sk_live_1"


def at() -> int:
    return int(time.time()) - 900


@pytest.fixture
def some(old):
    """Rows of many kinds; the ids of the issued ones."""
    ids = [str(uuid4()) for _ in range(4)]
    old.issued(ids[0], at(), actor_id="ann", scopes=["read"], last_used_at="2026-01-02 00:00:00")
    old.issued(ids[1], at(), status=2, revocation_reason=1)
    old.issued(ids[2], at(), expires_at="2020-01-01 00:00:00", request_id="r")
    old.issued(ids[3], at(), metadata=b"{")
    old.imported(RAW, at(), actor_id="ann")
    return ids


def row(marzipan, id_):
    return marzipan.on(lambda node: node.store.get("default", UUID(id_).bytes))


def imported(marzipan):
    which = KeyFilter(now=0, kind=KeyKind.IMPORTED)
    return marzipan.on(lambda node: node.store.list("default", which, limit=9))


def test_a_second_run_changes_nothing(marzipan, some):
    first = marzipan.take(code=1)
    before = marzipan.content()
    second = marzipan.take(code=1)
    assert marzipan.content() == before
    assert (first["issued"]["taken"], second["issued"]["taken"]) == (3, 0)
    assert (second["issued"]["present"], second["imported"]["present"]) == (3, 1)
    assert first["left_out"] == second["left_out"]


def test_after_a_new_master_a_second_run_still_knows_what_is_here(marzipan, some):
    marzipan.take(code=1)
    before = marzipan.keys()
    assert marzipan.run("master", "rotate").returncode == 0
    told = marzipan.take(code=1)
    assert (told["issued"]["present"], told["imported"]["present"]) == (3, 1)
    assert marzipan.keys() == before
    marzipan.serve()
    assert marzipan.code(RAW) == "ok"


def test_a_database_in_wal_mode_that_talos_has_open_is_read(marzipan, old, some):
    old.db.execute("PRAGMA journal_mode = WAL")
    old.issued(str(uuid4()), at())
    assert marzipan.take(code=1)["issued"]["taken"] == 4


def test_an_id_that_is_a_native_keys_is_left_out(marzipan, old):
    async def issue(node):
        return (await keys.issue(node, node.tenant, keys.NewKey(), "test")).key

    native = marzipan.on(issue)
    old.issued(str(UUID(bytes=native.key_id)), at(), status=2)
    told = marzipan.take(code=1)
    assert "another key" in told["left_out"][0]["why"]
    assert marzipan.on(lambda node: node.store.get("default", native.key_id)) == native


def test_a_dry_run_writes_nothing_and_says_what_the_run_does(marzipan, some):
    before = marzipan.content()
    would = marzipan.take("--dry-run", code=1)
    assert marzipan.content() == before and would["dry_run"]
    assert would | {"dry_run": False} == marzipan.take(code=1)
    assert marzipan.content() != before


def test_the_old_database_is_not_written(marzipan, some):
    path = marzipan.folder / "talos.db"
    before = path.read_bytes()
    marzipan.take(code=1)
    assert path.read_bytes() == before


def test_a_run_that_was_killed_is_completed_by_the_next(marzipan, old):
    total = 6_000
    old.db.execute("BEGIN")
    for number in range(total):
        if number % 2:
            old.issued(str(uuid4()), at())
        else:
            old.imported(f"raw {number}", at())
    old.db.execute("COMMIT")
    running = marzipan.begin(*marzipan.words())
    while running.poll() is None and marzipan.keys() < 1_000:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    written = marzipan.keys() - 1
    assert running.returncode == -signal.SIGKILL and 0 < written < total
    told = marzipan.take()
    present = told["issued"]["present"] + told["imported"]["present"]
    assert (marzipan.keys() - 1, present) == (total, written)
    assert marzipan.run("audit", "verify").returncode == 0


def test_what_talos_has_revoked_since_is_revoked_by_the_next_run(marzipan, old, some):
    marzipan.take(code=1)
    for table in ("issued_api_keys", "imported_api_keys"):
        old.db.execute(f"UPDATE {table} SET status = 2, revocation_reason = 1, scopes = '[\"*\"]'")
    told = marzipan.take(code=1)
    assert (told["issued"]["revoked_since"], told["imported"]["revoked_since"]) == (2, 1)
    assert row(marzipan, some[0]).status == KeyStatus.REVOKED
    assert imported(marzipan)[0].status == KeyStatus.REVOKED
    entry = marzipan.on(lambda node: node.store.standing("default", Kind.KEY, UUID(some[0]).bytes))
    assert entry is not None


def test_what_was_changed_here_since_stays_as_it_is(marzipan, some):
    marzipan.take(code=1)

    async def narrow(node):
        edit = lambda key: msgspec.structs.replace(key, scopes=())  # noqa: E731
        await keys.update(node, node.tenant, UUID(some[0]).bytes, edit, "test")

    marzipan.on(narrow)
    marzipan.take(code=1)
    assert row(marzipan, some[0]).scopes == ()


def test_an_imported_key_that_was_deleted_here_does_not_come_back(marzipan, old):
    old.imported(RAW, at())
    marzipan.take()
    key = imported(marzipan)[0]
    marzipan.on(lambda node: keys.delete(node, node.tenant, key.key_id, "test"))
    assert marzipan.take()["imported"]["deleted"] == 1
    assert imported(marzipan) == []


def test_keys_of_an_actor_that_was_revoked_here_come_as_revoked(marzipan, some):
    async def revoke(node):
        how = Revocation(Kind.ACTOR, actor_target("default", "ann"), at() + 60)
        entry = NewRevocation(revocation=how, expires_at=at() + 3_600)
        event = AuditEvent(action="actor.revoke", caller="test")
        await node.commit(
            Change(tenant="default", at_ms=node.now_ms(), audit=event, revoke=(entry,))
        )

    marzipan.on(revoke)
    assert marzipan.take(code=1)["imported"]["revoked"] == 1
    assert row(marzipan, some[0]).status == KeyStatus.REVOKED
    assert imported(marzipan)[0].status == KeyStatus.REVOKED


def test_every_key_has_one_audit_event_and_a_revoked_one_its_entry(marzipan, some):
    marzipan.take(code=1)
    rows = marzipan.on(lambda node: node.store.audit("default", limit=50))
    told = [each.target for each in rows if each.action == "key.import"]
    assert len(told) == 4 and set(told) >= {UUID(each).hex for each in some[:3]}
    assert all(each.detail == b'{"from":"talos"}' for each in rows)
    entry = marzipan.on(lambda node: node.store.standing("default", Kind.KEY, UUID(some[1]).bytes))
    assert entry is not None and entry.reason == "1"


def test_one_broken_row_costs_no_other_and_is_named(marzipan, old):
    names = {
        "metadata": b"[1]",
        "allowed_cidrs": ["10.0.0.0/33"],
        "scopes": b'["read"',
        "name": "n" * 256,
        "actor_id": b"\xff",
        "status": 4,
        "version": 2,
        "created_at": "yesterday",
        "expires_at": "0001-01-01 00:00:00 +0000 UTC",
        "last_used_at": b"\x00",
        "visibility": 3,
        "revocation_reason": 5,
        "rate_limit_quota": -1,
    }
    ids = {field: str(uuid4()) for field in names}
    for field, value in names.items():
        old.issued(ids[field], at(), **{field: value})
    old.issued("11111111-2222-4333-8444-55555555555X", at(), name="bad id")
    old.issued(str(uuid4()), at() + 7_200, name="from the future")
    good = str(uuid4())
    old.issued(good, at())
    told = marzipan.take(code=1)
    assert (told["issued"]["taken"], told["issued"]["left_out"]) == (1, len(names) + 2)
    why = {each["row"]: each["why"] for each in told["left_out"]}
    for field, id_ in ids.items():
        assert why[id_].startswith(field), (field, why[id_])
    assert "key_id" in why[f"row {len(names) + 1} of issued_api_keys"]
    assert row(marzipan, good) is not None


def test_no_scope_becomes_a_wildcard_unless_that_is_asked_for(marzipan, old):
    kinds = {"*": str(uuid4()), "pay:*": str(uuid4())}
    never = {"marzipan:admin": str(uuid4()), "a*b": str(uuid4()), "": str(uuid4())}
    for scope, id_ in (kinds | never).items():
        old.issued(id_, at(), scopes=["read", scope])
    told = marzipan.take(code=1)
    assert told["issued"]["taken"] == 0 and told["issued"]["left_out"] == 5
    assert "--allow-wildcard-scopes" in str(told["left_out"])
    told = marzipan.take("--allow-wildcard-scopes", code=1)
    assert told["issued"]["taken"] == 2
    assert {each["row"] for each in told["left_out"]} == set(never.values())
    assert row(marzipan, kinds["pay:*"]).scopes == ("read", "pay:*")


def test_rows_of_another_tenant_are_counted_and_taken_only_by_its_nid(marzipan, old):
    old.issued(str(uuid4()), at())
    for number in range(2):
        old.issued(str(uuid4()), at(), nid=OTHER)
        old.imported(f"raw {number}", at(), nid=OTHER)
    told = marzipan.take()
    assert (told["issued"]["taken"], told["other_nids"]) == (1, 4)
    told = marzipan.take("--nid", OTHER)
    assert (told["issued"]["taken"], told["imported"]["taken"], told["other_nids"]) == (2, 2, 1)
    assert f'nid = "{OTHER}"' in told["configuration"]
    marzipan.serve(talos_nid=OTHER)
    assert marzipan.code("raw 0") == "ok"


def test_a_call_that_is_wrong_writes_nothing(marzipan, some):
    before = marzipan.content()
    for words in (("--nid", "ABC"), ("--dry-run", "--map", "ids")):
        done = marzipan.run(*marzipan.words(*words))
        assert done.returncode == 2 and words[0] in done.stderr
    ids = marzipan.folder / "ids"
    ids.touch()
    done = marzipan.run(*marzipan.words("--map", str(ids)))
    assert done.returncode == 1 and "can't be made" in done.stderr
    assert marzipan.content() == before


def test_a_key_without_an_end_gets_one_and_none_lives_longer_than_max_ttl(marzipan, old):
    endless, late = str(uuid4()), str(uuid4())
    old.issued(endless, at(), expires_at=None)
    old.issued(late, at(), expires_at=at() + 10 * 365 * 86_400)
    told = marzipan.take(max_ttl="60d", default_ttl="1d")
    assert told["issued"]["shortened"] == 2
    for id_ in (endless, late):
        key = row(marzipan, id_)
        assert key.expires_at == key.created_ms // 1000 + 60 * 86_400


def test_it_says_where_the_settings_do_not_fit_what_is_taken(marzipan, old):
    old.issued(str(uuid4()), at(), token_prefix="acme")
    [none] = marzipan.take()["warnings"]
    assert "no settings of talos" in none
    named = {"talos_hmac_secret_file": str(marzipan.secrets)}
    prefix, issuer = marzipan.take(**named)["warnings"]
    assert "acme" in prefix and "macaroon" in issuer
    fits = named | {"talos_prefixes": "acme", "talos_issuers": "https://a.example"}
    assert marzipan.take(**fits)["warnings"] == []
    [nid] = marzipan.take(**fits, talos_nid=OTHER)["warnings"]
    assert OTHER in nid
    old.db.execute("UPDATE issued_api_keys SET token_prefix = 'mz_ak'")
    [taken] = marzipan.take()["warnings"]
    assert "mz_ak" in taken


def test_while_a_server_runs_it_says_so_and_changes_nothing(marzipan, some):
    marzipan.serve()
    done = marzipan.run(*marzipan.words())
    assert done.returncode == 1 and "in use" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "There is no file"),
        (lambda path: path.write_bytes(b"no database" * 1_000), "can't be read as a SQLite"),
        (lambda path: (path.unlink(), sqlite3.connect(path).close()), "no table issued_api_keys"),
        (lambda path: _run(path, "DROP TABLE imported_api_keys"), "no table imported_api_keys"),
        (
            lambda path: _run(path, "ALTER TABLE issued_api_keys DROP COLUMN scopes"),
            "issued_api_keys lacks scopes",
        ),
    ],
)
def test_what_is_no_database_of_talos_is_refused_in_words(marzipan, old, spoil, said):
    old.db.close()
    spoil(marzipan.folder / "talos.db")
    done = marzipan.run(*marzipan.words())
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr


def _run(path: Path, statement: str) -> None:
    db = sqlite3.connect(path)
    db.execute(statement)
    db.close()


def test_secrets_that_others_can_read_or_that_talos_would_refuse_stop_it(marzipan, some):
    before = marzipan.content()
    marzipan.secrets.chmod(0o640)
    done = marzipan.run(*marzipan.words())
    assert done.returncode == 1 and "chmod 600" in done.stderr
    marzipan.secrets.chmod(0o600)
    marzipan.secrets.write_text("short")
    done = marzipan.run(*marzipan.words())
    assert done.returncode == 1 and "fewer than 32" in done.stderr
    assert "short" not in done.stderr.replace("shorter", "")
    assert marzipan.content() == before


def test_people_are_told_what_was_done_and_what_to_do_next(marzipan, some):
    done = marzipan.run(*marzipan.words())
    assert done.returncode == 1
    assert f"left out: {some[3]} (name " in done.stderr and "): metadata must be" in done.stderr
    assert "taken over" in done.stdout and "[talos]" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
