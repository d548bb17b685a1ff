"""Keys by the time they were made, the newest first, and the audit of one target."""

import re
import sqlite3

import pytest

from storage.base import AuditEvent, KeyFilter, KeyKind, KeyPosition


@pytest.fixture
def keep(store, run, build):
    """Stores one key per creation time, numbered from 1."""

    def keep(*times, first=1, **fields):
        numbered = enumerate(times, first)
        keys = tuple(build.key(n, created_ms=ms, **fields) for n, ms in numbered)
        run(store.commit(build.change(insert=keys, tenant=fields.get("tenant", "acme"))))
        return keys

    return keep


@pytest.fixture
def numbers(store, run):
    """The numbers of the keys that a listing answers, in its order."""

    def numbers(limit=100, **bounds):
        found = run(store.newest("acme", limit=limit, **bounds))
        return [int.from_bytes(key.key_id, "big") for key in found]

    return numbers


def test_the_newest_key_comes_first_and_of_one_millisecond_the_greater_id(keep, numbers):
    keep(5, 9, 5, 7)
    assert numbers() == [2, 4, 3, 1]
    assert numbers(limit=3) == [2, 4, 3]


def test_both_kinds_are_listed_and_another_tenants_are_not(store, run, build, keep, numbers):
    keep(5)
    keep(6, first=2, kind=KeyKind.IMPORTED, digest=b"d" * 32)
    keep(7, first=3, tenant="other")
    assert numbers() == [2, 1]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_lose_and_repeat_nothing_also_where_many_share_a_millisecond(
    store, run, build, keep, numbers, size
):
    keep(*(n // 3 for n in range(20)))
    seen, before = [], None
    while page := run(store.newest("acme", limit=size, before=before)):
        assert len(page) <= size
        seen += [int.from_bytes(key.key_id, "big") for key in page]
        before = page[-1].position
    assert seen == list(range(20, 0, -1))


def test_keys_that_are_inserted_meanwhile_move_no_page(store, run, build, keep):
    keep(*range(10))
    first = run(store.newest("acme", limit=5))
    keep(20, 21, 22, first=100)
    rest = run(store.newest("acme", limit=100, before=first[-1].position))
    assert [key.created_ms for key in (*first, *rest)] == list(range(9, -1, -1))


def test_bounds_take_in_their_earliest_moment_and_leave_out_their_latest(keep, numbers):
    keep(5, 6, 7, 8)
    assert numbers(since_ms=6) == [4, 3, 2]
    assert numbers(since_ms=6, before=KeyPosition(8, b"")) == [3, 2]
    assert numbers(since_ms=9) == numbers(before=KeyPosition(5, b"")) == []


def test_the_very_last_position_is_listed_too(store, run, build, numbers):
    key = build.key(1, key_id=b"\xff" * 16, created_ms=2**63 - 1)
    run(store.commit(build.change(insert=(key,))))
    assert len(run(store.newest("acme", limit=2))) == 1


def test_an_actor_or_a_hint_is_found_exactly(keep, numbers):
    keep(1, 2, actor="ada", hint="abcd")
    keep(3, 4, first=3, actor="Ada", hint="ABCD")
    keep(5, first=5)
    assert numbers(exactly=("actor", "ada")) == [2, 1]
    assert numbers(exactly=("actor", "")) == [5]
    assert numbers(exactly=("actor", "ad")) == numbers(exactly=("actor", "ada%")) == []
    assert numbers(exactly=("hint", "ABCD"), since_ms=4) == [4]
    assert numbers(exactly=("hint", "ABCD"), before=KeyPosition(4, b"")) == [3]
    assert numbers(exactly=("hint", "' OR 1=1")) == []


def test_a_hint_is_kept_through_every_replacement(store, run, build):
    key = build.key(1, hint="d-_9")
    run(store.commit(build.change(insert=(key,))))
    run(store.commit(build.change(replace=((key, key),))))
    assert run(store.get("acme", key.key_id)).hint == "d-_9"


def test_the_audit_of_one_target_is_its_rows_alone_newest_first(store, run, build):
    for n, target in enumerate(["a", "b", "a", "", "a"]):
        event = AuditEvent(action=f"act {n}", caller="ada", target=target)
        run(store.commit(build.change(at_ms=1000, audit=event)))
    event = AuditEvent(action="elsewhere", caller="ada", target="a")
    run(store.commit(build.change(tenant="other", audit=event)))

    def seqs(**bounds):
        return [row.seq for row in run(store.audit("acme", **bounds))]

    assert seqs(limit=9, target="a") == [5, 3, 1]
    last = run(store.audit("acme", limit=1, target="a"))[-1].position
    assert seqs(limit=9, target="a", before=last) == [3, 1]
    assert seqs(limit=9, target="") == [4] and seqs(limit=9, target="c") == []


def test_no_listing_reads_all_keys_of_a_tenant_for_a_few(sqlite, run, url):
    """Left to itself, SQLite walked the whole tenant for one actor's keys, and the rarer kind's."""
    asked = []
    sqlite._db.set_trace_callback(asked.append)
    for exactly in (None, ("actor", "ada"), ("hint", "abcd")):
        run(sqlite.newest("acme", limit=9, exactly=exactly))
    run(sqlite.list("acme", KeyFilter(now=1, kind=KeyKind.IMPORTED), limit=9))
    run(sqlite.list("acme", KeyFilter(now=1, actor="ada", status="active"), limit=9))
    run(sqlite.audit("acme", limit=9))
    run(sqlite.audit("acme", limit=9, target="t"))
    with sqlite3.connect(url.removeprefix("sqlite:///")) as db:
        plans = [db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall() for query in asked]
    assert all(len(plan) == 1 for plan in plans)  # one step: nothing is sorted
    used = [re.fullmatch(r"SEARCH \w+ USING INDEX (\w+) \((.*)\)", p[0][3]) for p in plans]
    assert [match[1] for match in used] == [
        "api_keys_by_time",
        "api_keys_by_actor_and_time",
        "api_keys_by_hint",
        "api_keys_by_kind",
        "api_keys_by_actor",
        "audit_log_by_time",
        "audit_log_by_target",
    ]
    assert [match[2].count("=?") for match in used] == [1, 2, 2, 2, 2, 1, 2]
