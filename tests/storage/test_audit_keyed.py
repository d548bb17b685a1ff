"""The keyed audit: whoever can write the database alone forges and hides nothing unseen."""

import hashlib
import sqlite3
from pathlib import Path

import msgspec
import pytest
from blake3 import blake3

import storage.migrate
from storage import migrate_up, open_store, reading, rules
from storage.base import AuditEvent, AuditHead
from storage.chain import BROKEN, GENESIS, AuditKeys
from storage.errors import StoreError

KEYS = {1: b"1" * 32, 2: b"2" * 32}
SHARD = rules.audit_shard("acme")
STEPS = sorted((Path(storage.migrate.__file__).parent / "migrations" / "sqlite").glob("*.sql"))


def write(run, build, store, count, at_ms=1000, tenant="acme"):
    for n in range(count):
        event = AuditEvent(action=f"act {n}", caller="ada", target="t", detail=b'{"n":1}')
        run(store.commit(build.change(tenant=tenant, at_ms=at_ms + n, audit=event)))


@pytest.fixture
def written(url, run, build):
    """Writes rows under a master as one run of a server does, 0 for none."""

    def written(count, master=1, at_ms=1000):
        store = run(open_store(url))
        try:
            if master:
                store.key_audit(master, KEYS)
            write(run, build, store, count, at_ms)
        finally:
            run(store.close())

    return written


@pytest.fixture
def edit(url):
    """Does to the file what needs no key."""

    def edit(sql, *values):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        with connection:
            answer = connection.execute(sql, values).fetchall()
        connection.close()
        return answer

    return edit


@pytest.fixture
def broken(url, run):
    """Where the chain breaks, as (seq, why)."""

    def broken(heads=(), unkeyed=False, keys=KEYS):
        judged = AuditKeys(max(keys), keys)
        found = run(reading.verify_audit(url, judged, heads, unkeyed=unkeyed))
        assert found is None or found.shard == SHARD
        return None if found is None else (found.seq, found.why)

    return broken


@pytest.fixture
def heads(url, run):
    return lambda: run(reading.audit_heads(url))


def rows_of(edit):
    return edit("SELECT * FROM audit_log WHERE shard = ? ORDER BY seq", SHARD)


def put_back(edit, seq):
    """Cuts the tail off, and sets the counter to what the rows say the end was then."""
    edit("DELETE FROM audit_log WHERE shard = ? AND seq > ?", SHARD, seq)
    edit(
        "UPDATE counters SET seq = ?, hash = (SELECT hash FROM audit_log WHERE shard = ? AND "
        "seq = ?) WHERE log = 'audit' AND shard = ?",
        *(seq, SHARD, seq, SHARD),
    )


def rehash(edit, key=None):
    """Chains all rows anew, with SHA-256 or a key of one's own, and the counter with them."""
    previous = GENESIS
    columns = "shard, seq, tenant, at_ms, action, caller, target, detail"
    for fields in edit(f"SELECT {columns} FROM audit_log WHERE shard = ? ORDER BY seq", SHARD):
        packed = msgspec.msgpack.encode(fields if key is None else (*fields, 1))
        digest = hashlib.sha256(previous + packed).digest()
        if key is not None:
            digest = blake3(b"\x01" + previous + packed, key=key).digest()
        edit(
            "UPDATE audit_log SET previous = ?, hash = ?, master_id = ? "
            "WHERE shard = ? AND seq = ?",
            *(previous, digest, 0 if key is None else 1, SHARD, fields[1]),
        )
        previous = digest
    edit(
        "UPDATE counters SET hash = ?, seal = CASE WHEN ? THEN x'' ELSE seal END "
        "WHERE log = 'audit' AND shard = ?",
        *(previous, key is None, SHARD),
    )


def test_a_row_is_chained_under_the_key_of_its_master(store, run, build):
    store.key_audit(1, KEYS)
    write(run, build, store, 3)
    previous = GENESIS
    for row in reversed(run(store.audit("acme", limit=9))):
        fields = (row.shard, row.seq, row.tenant, row.at_ms, row.action, row.caller, row.target)
        packed = msgspec.msgpack.encode((*fields, row.detail, 1))
        assert row.hash == blake3(b"\x01" + previous + packed, key=KEYS[1]).digest()
        previous = row.hash
    assert run(store.verify_audit()) is None


def test_a_rotated_master_goes_on_with_the_chain(written, broken):
    written(3, 1)
    written(3, 2)
    assert broken() is None


def test_heads_name_the_last_row_of_every_shard(store, run, build):
    assert [head.seq for head in run(store.audit_heads())] == [0] * 8
    store.key_audit(1, KEYS)
    write(run, build, store, 3)
    newest = run(store.audit("acme", limit=1))[0]
    heads = run(store.audit_heads())
    assert heads[SHARD] == AuditHead(shard=SHARD, seq=3, hash=newest.hash)
    assert [head.hash for head in heads if head.shard != SHARD] == [GENESIS] * 7
    assert run(store.verify_audit(heads)) is None


def test_a_head_that_was_exported_must_be_met(store, run, build):
    store.key_audit(1, KEYS)
    write(run, build, store, 3)
    heads = run(store.audit_heads())
    write(run, build, store, 3)
    assert run(store.verify_audit(heads)) is None
    other = [AuditHead(shard=SHARD, seq=2, hash=b"x" * 32)]
    assert "exported" in run(store.verify_audit(other)).why
    later = [AuditHead(shard=SHARD, seq=9, hash=b"x" * 32)]
    found = run(store.verify_audit(later))
    assert (found.shard, found.seq) == (SHARD, 7) and "gone" in found.why


COLUMNS = {
    "tenant": "'evil'",
    "at_ms": "at_ms + 1",
    "action": "'nothing'",
    "caller": "'bob'",
    "target": "''",
    "detail": "x'7b7d'",
    "master_id": "2",
    "hash": "zeroblob(32)",
    "previous": "zeroblob(32)",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_an_altered_row_is_named(written, edit, broken, column):
    written(5)
    edit(f"UPDATE audit_log SET {column} = {COLUMNS[column]} WHERE seq = 3")
    seq, why = broken()
    assert seq == 3 and why


@pytest.mark.parametrize("key", [b"x" * 32, KEYS[2]])
def test_rows_rehashed_under_another_key_are_named(written, edit, broken, key):
    written(5)
    edit("UPDATE audit_log SET action = 'forged' WHERE seq = 2")
    rehash(edit, key)
    assert broken() == (1, "it was altered")


def test_rows_rehashed_without_a_key_are_named(written, edit, broken):
    written(5)
    edit("UPDATE audit_log SET action = 'forged' WHERE seq = 2")
    rehash(edit)
    seq, why = broken()
    assert seq == 1 and "without a key" in why


def test_a_tail_cut_off_with_the_counter_set_back_is_named(written, edit, broken):
    written(6)
    put_back(edit, 4)
    seq, why = broken()
    assert seq == 5 and "not sealed" in why
    edit("UPDATE counters SET seal = x'' WHERE log = 'audit'")
    assert broken()[0] == 5


def test_a_cut_stays_visible_when_the_server_goes_on_writing(written, edit, broken):
    written(6)
    put_back(edit, 4)
    written(1)
    seq, why = broken()
    assert seq == 5 and "cut off" in why
    written(3)
    assert broken()[0] == 5
    assert BROKEN in rows_of(edit)[4]


@pytest.mark.parametrize("seal", [b"", b"\x01" + b"x" * 32, b"\x09" + b"x" * 32, b"\x01"])
def test_a_revocation_is_not_held_up_by_a_broken_audit(url, run, build, written, edit, seal):
    written(2)
    edit("UPDATE counters SET seal = ? WHERE log = 'audit'", seal)
    store = run(open_store(url))
    store.key_audit(1, KEYS)
    assert len(run(store.commit(build.change(revoke=(build.kill(build.id(1)),))))) == 1
    assert run(store.verify_audit()).seq == 3
    run(store.close())


def test_rows_appended_by_hand_behind_the_end_are_named(written, edit, broken):
    written(3)
    columns = "shard, seq, tenant, at_ms, action, caller, target, detail"
    edit(
        f"INSERT INTO audit_log ({columns}, previous, hash) SELECT shard, 4, tenant, at_ms, "
        "'forged', caller, target, detail, hash, zeroblob(32) FROM audit_log WHERE seq = 3"
    )
    assert broken()[0] == 4
    put_back(edit, 4)
    assert broken()[0] == 4


def test_all_rows_of_a_shard_gone_with_its_counter_are_told_by_an_exported_head(
    written, edit, broken, heads
):
    written(4)
    exported = heads()
    edit("DELETE FROM audit_log")
    edit("DELETE FROM counters")
    # A shard that never was looks the same, and no key helps: heads are for this.
    assert broken() is None
    assert broken(exported) == (1, "rows are gone whose head was exported")
    written(5, at_ms=2000)
    assert broken() is None
    assert broken(exported) == (4, "it is another row than the one whose head was exported")


def test_a_whole_database_put_back_is_told_by_an_exported_head(
    url, written, broken, heads, tmp_path
):
    path = Path(url.removeprefix("sqlite:///"))
    written(3)
    earlier = path.read_bytes()
    written(3)
    exported = heads()
    path.write_bytes(earlier)
    assert broken() is None
    assert broken(exported) == (4, "rows are gone whose head was exported")


def test_a_row_under_a_key_that_the_chain_had_left_is_named(written, broken):
    written(2, 1)
    written(2, 2)
    written(1, 1)
    assert broken()[0] == 5


def test_a_master_that_the_secret_file_lacks_is_said(written, broken):
    written(2, 2)
    assert broken(keys={1: KEYS[1]}) == (1, "it is under master 2, which the secret file lacks")


def test_rows_of_before_there_were_keys_need_a_word_or_a_head(written, broken, heads, edit):
    written(3, 0)
    assert "without a key" in broken()[1]
    assert broken(unkeyed=True) is None
    exported = heads()
    written(3, 1)
    assert broken(unkeyed=True) is None and broken(exported) is None
    edit("UPDATE audit_log SET action = 'forged' WHERE seq = 2")
    rehash(edit)
    assert broken(exported) == (3, "it is another row than the one whose head was exported")


def test_a_row_without_a_key_behind_keyed_ones_is_named_whatever_is_allowed(written, edit, broken):
    written(3)
    put_back(edit, 2)
    columns = "shard, seq, tenant, at_ms, action, caller, target, detail, previous"
    [(*fields, previous)] = edit(f"SELECT {columns} FROM audit_log WHERE seq = 2")
    digest = hashlib.sha256(previous + msgspec.msgpack.encode(tuple(fields))).digest()
    edit("UPDATE audit_log SET master_id = 0, hash = ? WHERE seq = 2", digest)
    edit("UPDATE counters SET hash = ?, seal = x'' WHERE log = 'audit'", digest)
    assert broken(unkeyed=True) == (2, "it is under a key that the rows before it had left")


def test_a_store_without_keys_does_not_go_on_with_a_keyed_chain(store, run, build):
    write(run, build, store, 1)
    store.key_audit(1, KEYS)
    write(run, build, store, 1)
    store.key_audit(0, {})
    with pytest.raises(StoreError, match="not told its keys"):
        run(store.commit(build.change(insert=(build.key(),))))
    assert run(store.get("acme", build.id(1))) is None
    store.key_audit(1, KEYS)
    write(run, build, store, 1)
    assert run(store.verify_audit(unkeyed=True)) is None


def test_keys_of_another_shape_are_refused_and_no_repr_shows_one(store):
    for current, keys in ((3, KEYS), (1, {1: b"x" * 31}), (0, {0: b"x" * 32}), (1, {})):
        with pytest.raises(ValueError, match="key"):
            store.key_audit(current, keys)
    assert "1111" not in repr(AuditKeys(1, KEYS))


def test_a_database_of_before_is_migrated_read_and_written_on(tmp_path, run, build, monkeypatch):
    url = f"sqlite:///{tmp_path}/old.db"
    package = tmp_path / "package" / "migrations" / "sqlite"
    package.mkdir(parents=True)
    for step in STEPS[:17]:
        (package / step.name).write_text(step.read_text())
    with monkeypatch.context() as patch:
        patch.setattr(storage.migrate, "__file__", str(tmp_path / "package" / "migrate.py"))
        assert len(run(migrate_up(url))) == 17
    fields = (SHARD, 1, "acme", 1000, "act", "ada", "t", b"{}")
    digest = hashlib.sha256(GENESIS + msgspec.msgpack.encode(fields)).digest()
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with connection:
        marks = ", ".join("?" * 10)
        connection.execute(f"INSERT INTO audit_log VALUES ({marks})", (*fields, GENESIS, digest))
        counter = ("audit", SHARD, 1, digest)
        connection.execute("INSERT INTO counters VALUES (?, ?, ?, ?)", counter)
    connection.close()
    assert len(run(migrate_up(url))) == len(STEPS) - 17
    store = run(open_store(url))
    store.key_audit(1, KEYS)
    write(run, build, store, 2)
    assert run(store.verify_audit()).seq == 1
    assert run(store.verify_audit(unkeyed=True)) is None
    assert [row.master_id for row in run(store.audit("acme", limit=9))] == [1, 1, 0]
    run(store.close())


def test_it_is_read_beside_the_server_that_has_it_open(url, run, build, broken, heads):
    store = run(open_store(url))
    store.key_audit(1, KEYS)
    write(run, build, store, 3)
    assert broken() is None and heads()[SHARD].seq == 3
    run(store.close())


def test_a_database_that_is_not_there_is_said_and_not_made(tmp_path, run):
    for act in (reading.audit_heads, reading.checks):
        with pytest.raises(StoreError, match="no database"):
            run(act(f"sqlite:///{tmp_path}/none.db"))
    assert list(tmp_path.iterdir()) == []
