"""The audit: newest first, per tenant, and a chain that shows every later edit.

Here without a key, as an older version wrote it; with one in test_audit_keyed.
"""

import hashlib
import sqlite3

import msgspec
import pytest

from storage import open_store
from storage.base import AuditEvent, AuditPosition


@pytest.fixture
def write(run, build):
    def write(store, count, tenant="acme", at_ms=1000):
        for n in range(count):
            event = AuditEvent(action=f"act {n}", caller="ada", target="t", detail=b'{"n":1}')
            run(store.commit(build.change(tenant=tenant, at_ms=at_ms + n, audit=event)))

    return write


def test_a_row_says_who_did_what_when(store, run, write):
    write(store, 1)
    (row,) = run(store.audit("acme", limit=10))
    assert (row.tenant, row.at_ms, row.action, row.caller) == ("acme", 1000, "act 0", "ada")
    assert (row.target, row.detail, row.seq) == ("t", b'{"n":1}', 1)
    assert row.shard == hashlib.sha256(b"acme").digest()[0] % 8


def test_the_newest_come_first_and_pages_go_back_in_time(store, run, write):
    write(store, 5)
    assert [r.at_ms for r in run(store.audit("acme", limit=3))] == [1004, 1003, 1002]
    before = AuditPosition(1002, 0, 0)
    assert [r.at_ms for r in run(store.audit("acme", limit=9, before=before))] == [1001, 1000]
    assert list(run(store.audit("acme", limit=9, before=AuditPosition(1000, 0, 0)))) == []


@pytest.mark.parametrize("step", [0, 1])
def test_pages_lose_no_row_also_where_many_share_a_millisecond(store, run, build, step):
    for n in range(7):
        run(store.commit(build.change(at_ms=1000 + n // 3 * step)))
    seen, before = [], None
    while page := run(store.audit("acme", limit=2, before=before)):
        seen += [row.seq for row in page]
        before = page[-1].position
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_of_one_millisecond_the_later_row_comes_first(store, run, build):
    for _ in range(3):
        run(store.commit(build.change()))
    assert [row.seq for row in run(store.audit("acme", limit=10))] == [3, 2, 1]


def test_a_tenant_reads_its_own_rows_alone(store, run, write):
    write(store, 2, "acme")
    write(store, 1, "other")
    assert {row.tenant for row in run(store.audit("other", limit=10))} == {"other"}
    assert len(run(store.audit("acme", limit=10))) == 2
    assert list(run(store.audit("nobody", limit=10))) == []


def test_every_row_is_chained_to_the_one_before_it_in_its_shard(store, run, write):
    write(store, 4)
    previous = bytes(32)
    for row in reversed(run(store.audit("acme", limit=10))):
        assert row.previous == previous
        fields = {**msgspec.structs.asdict(row)}
        assert fields["master_id"] == 0
        for name in ("master_id", "previous", "hash"):
            del fields[name]
        packed = msgspec.msgpack.encode(tuple(fields.values()))
        assert row.hash == hashlib.sha256(previous + packed).digest()
        previous = row.hash


def test_the_last_commit_is_the_latest_among_the_newest_rows_of_all_shards(store, run, write):
    assert run(store.last_commit_ms()) == 0
    write(store, 3, "acme", at_ms=5000)
    write(store, 1, "other", at_ms=9000)
    assert run(store.last_commit_ms()) == 9000
    write(store, 1, "other", at_ms=4000)
    assert run(store.last_commit_ms()) == 5002


def test_an_untouched_audit_verifies(store, run, write):
    assert run(store.verify_audit()) is None
    for tenant in ("acme", "other", "a", "b", "c"):
        write(store, 3, tenant)
    assert run(store.verify_audit()) is None


TAMPERED = {
    "tenant": ("UPDATE audit_log SET tenant = 'evil' WHERE seq = 3", {3}),
    "time": ("UPDATE audit_log SET at_ms = at_ms + 1 WHERE seq = 3", {3}),
    "action": ("UPDATE audit_log SET action = 'nothing' WHERE seq = 3", {3}),
    "caller": ("UPDATE audit_log SET caller = 'bob' WHERE seq = 3", {3}),
    "target": ("UPDATE audit_log SET target = '' WHERE seq = 3", {3}),
    "detail": ("UPDATE audit_log SET detail = x'7b7d' WHERE seq = 3", {3}),
    "previous": ("UPDATE audit_log SET previous = zeroblob(32) WHERE seq = 3", {3}),
    "hash": ("UPDATE audit_log SET hash = zeroblob(32) WHERE seq = 3", {3}),
    "first deleted": ("DELETE FROM audit_log WHERE seq = 1", {1, 2}),
    "middle deleted": ("DELETE FROM audit_log WHERE seq = 3", {3, 4}),
    "last deleted": ("DELETE FROM audit_log WHERE seq = 6", {6}),
    "tail deleted": ("DELETE FROM audit_log WHERE seq > 3", {4}),
    "all deleted": ("DELETE FROM audit_log", {1}),
    "reordered": (
        "UPDATE audit_log SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 END "
        "WHERE seq IN (3, 4); UPDATE audit_log SET seq = -seq WHERE seq < 0",
        {3},
    ),
    "gap closed": (
        "DELETE FROM audit_log WHERE seq = 3; UPDATE audit_log SET seq = -seq WHERE seq > 3;"
        "UPDATE audit_log SET seq = -seq - 1 WHERE seq < 0",
        {3},
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_row_changed_deleted_or_moved_behind_our_back_is_named(url, run, write, how):
    sql, named = TAMPERED[how]
    store = run(open_store(url))
    write(store, 6)
    run(store.close())
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.executescript(sql)
    connection.close()
    store = run(open_store(url))
    broken = run(store.verify_audit())
    run(store.close())
    assert broken is not None and broken.why
    assert broken.shard == hashlib.sha256(b"acme").digest()[0] % 8
    assert broken.seq in named


def test_a_row_forged_with_a_hash_of_its_own_is_named_by_its_successor(url, run, write):
    store = run(open_store(url))
    write(store, 3)
    newest_first = run(store.audit("acme", limit=10))
    run(store.close())
    forged = msgspec.structs.replace(newest_first[1], action="forged")
    fields = list(msgspec.structs.asdict(forged).values())
    packed = msgspec.msgpack.encode(tuple(fields[:-3]))
    digest = hashlib.sha256(forged.previous + packed).digest()
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with connection:
        sql = "UPDATE audit_log SET action = 'forged', hash = ? WHERE seq = 2"
        connection.execute(sql, (digest,))
    connection.close()
    store = run(open_store(url))
    broken = run(store.verify_audit())
    assert (broken.shard, broken.seq) == (forged.shard, 3)
    run(store.close())


def test_the_chain_goes_on_after_the_store_was_opened_again(url, run, write):
    for _ in range(3):
        store = run(open_store(url))
        write(store, 2)
        assert run(store.verify_audit()) is None
        run(store.close())
