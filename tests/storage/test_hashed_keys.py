"""Keys that were imported as a hash: not twice, their kinds told, the hash gone with its use."""

import sqlite3

import msgspec
import pytest

from storage.base import KeyKind
from storage.errors import KeyExists, Stale
from storage.sql import change as sql_change
from storage.sql import queries

LOOKUP, RAW = b"l" * 32, b"r" * 32


def hashed(build, number=1, **fields):
    given = {"kind": KeyKind.IMPORTED, "digest": LOOKUP, "hash_digest": LOOKUP}
    return build.key(number, **given | {"hash_kind": "prefix:8", "hash_sealed": b"s"} | fields)


def used(key):
    return msgspec.structs.replace(key, digest=RAW, hash_kind=None, hash_sealed=None)


def test_what_it_was_imported_under_is_taken_for_good_and_free_once_it_is_deleted(
    store, run, build
):
    key = hashed(build)
    run(store.commit(build.change(insert=(key,))))
    for other in (hashed(build, 2), hashed(build, 2, digest=RAW)):
        with pytest.raises(KeyExists):
            run(store.commit(build.change(insert=(other,))))
    run(store.commit(build.change(replace=((key, used(key)),))))
    with pytest.raises(KeyExists):
        run(store.commit(build.change(insert=(hashed(build, 2),))))
    for taken in (LOOKUP, RAW):
        with pytest.raises(KeyExists) as exists:
            run(store.commit(build.change(insert=(build.key(3),), absent=(b"x" * 32, taken))))
        assert exists.value.key_id == key.key_id
    assert run(store.get_by_digest("acme", LOOKUP)) is None
    assert run(store.get_by_digest("acme", LOOKUP, RAW)).key_id == key.key_id
    run(store.commit(build.change(delete=(run(store.get("acme", key.key_id)),))))
    run(store.commit(build.change(insert=(hashed(build, 2),), absent=(RAW,))))
    run(store.commit(build.change(tenant="other", insert=(hashed(build, 1, tenant="other"),))))


def test_of_two_first_uses_one_is_stale_and_nothing_is_written_twice(store, run, build):
    key = hashed(build)
    run(store.commit(build.change(insert=(key,))))
    run(store.commit(build.change(replace=((key, used(key)),))))
    with pytest.raises(Stale):
        run(store.commit(build.change(replace=((key, used(key)),))))
    row = run(store.get("acme", key.key_id))
    assert (row.digest, row.hash_kind, row.hash_sealed, row.revision) == (RAW, None, None, 1)
    assert row.hash_digest == LOOKUP


def test_the_kinds_of_a_tenant_are_told_once_each_until_the_last_is_used(store, run, build):
    assert run(store.hash_kinds("acme")) == []
    kinds = ["sha256", "prefix:8", "prefix:12", "sha256", None]
    rows = [
        hashed(build, n, digest=bytes([n]) * 32, hash_digest=bytes([n]) * 32, hash_kind=kind)
        for n, kind in enumerate(kinds)
    ]
    run(store.commit(build.change(insert=tuple(rows))))
    stranger = hashed(build, 9, tenant="other", hash_kind="hmac-sha256:x")
    run(store.commit(build.change(tenant="other", insert=(stranger,))))
    assert run(store.hash_kinds("acme")) == ["prefix:12", "prefix:8", "sha256"]
    run(store.commit(build.change(replace=((rows[1], used(rows[1])),))))
    assert run(store.hash_kinds("acme")) == ["prefix:12", "sha256"]


def test_kinds_and_taken_digests_are_found_by_their_indexes(url):
    db = sqlite3.connect(url.removeprefix("sqlite:///"))
    plans = [
        db.execute("EXPLAIN QUERY PLAN " + queries._NEXT_KIND, ("t", "")).fetchall(),
        db.execute("EXPLAIN QUERY PLAN " + sql_change._TAKEN, ("t", b"d") * 2).fetchall(),
    ]
    db.close()
    assert "hash_kind>?" in str(plans[0]) and "SCAN" not in str(plans)
    assert "digest=?" in str(plans[1]) and "hash_digest=?" in str(plans[1])
