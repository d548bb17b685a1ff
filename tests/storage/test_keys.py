"""Keys: as committed, per tenant, in order, and with the last use that never goes back."""

import msgspec
import pytest

from engine.types import KeyStatus, RateLimit, Visibility
from storage.base import KeyFilter, KeyKind
from storage.errors import KeyExists, Stale

FULL = {
    "kind": KeyKind.IMPORTED,
    "master_id": 255,
    "generation": 3,
    "name": "naïve 名前 '; DROP TABLE api_keys; --",
    "actor": "agent-7",
    "scopes": ("a:read", "b:*", "größe"),
    "metadata": b'{"a":[1,2]}',
    "networks": ("10.0.0.0/8", "::/0"),
    "limit": RateLimit(quota=5, window_s=60),
    "visibility": Visibility.PUBLIC,
    "status": KeyStatus.SUSPENDED,
    "expires_at": 2**63 - 1,
    "revocation_reason": 4,
    "revocation_description": "leaked",
    "predecessor": bytes(16),
    "successor": b"s" * 16,
    "digest": b"d" * 32,
    "hash_digest": b"h" * 32,
    "hash_kind": "prefix:8",
    "hash_sealed": b"sealed \x00",
}


def test_every_field_of_a_key_comes_back_as_committed(store, run, build):
    key = build.key(**FULL)
    run(store.commit(build.change(insert=(key,))))
    assert run(store.get("acme", key.key_id)) == key


def test_absent_and_empty_are_told_apart(store, run, build):
    absent, empty = build.key(1), build.key(2, networks=(), metadata=b"", name="")
    run(store.commit(build.change(insert=(absent, empty))))
    assert run(store.get("acme", absent.key_id)).networks is None
    assert run(store.get("acme", absent.key_id)).metadata is None
    assert run(store.get("acme", empty.key_id)) == empty


def test_an_unknown_key_is_none(store, run, build):
    assert run(store.get("acme", build.id(1))) is None
    assert run(store.get_by_digest("acme", b"d" * 32)) is None


def test_a_key_is_seen_by_its_own_tenant_alone(store, run, build):
    key = build.key(digest=b"d" * 32, kind=KeyKind.IMPORTED)
    run(store.commit(build.change(insert=(key,))))
    which = KeyFilter(now=build.now, kind=KeyKind.IMPORTED)
    assert run(store.get("other", key.key_id)) is None
    assert run(store.get_by_digest("other", b"d" * 32)) is None
    assert list(run(store.list("other", which, limit=10))) == []
    assert list(run(store.list("acme", which, limit=10))) == [key]


def test_tenants_may_hold_the_same_id_and_digest(store, run, build):
    for tenant in ("acme", "other"):
        key = build.key(tenant=tenant, name=tenant, digest=b"d" * 32)
        run(store.commit(build.change(tenant=tenant, insert=(key,))))
    assert run(store.get("other", build.id(1))).name == "other"
    assert run(store.get_by_digest("acme", b"d" * 32)).name == "acme"


def test_an_imported_key_is_found_by_its_digest(store, run, build):
    key = build.key(**FULL)
    run(store.commit(build.change(insert=(build.key(2), key))))
    assert run(store.get_by_digest("acme", b"d" * 32)) == key


def test_of_several_digests_the_first_that_a_key_has_is_found(store, run, build):
    keys = (build.key(1, digest=b"a" * 32), build.key(2, digest=b"b" * 32))
    run(store.commit(build.change(insert=keys)))
    others = [n.to_bytes(32) for n in range(508)]  # as many as 255 masters make
    for order in ((b"a" * 32, b"b" * 32), (b"b" * 32, b"a" * 32)):
        assert run(store.get_by_digest("acme", *others, *order)).digest == order[0]
    assert run(store.get_by_digest("acme", *others)) is None
    assert run(store.get_by_digest("acme")) is None
    assert run(store.get_by_digest("other", b"a" * 32, b"b" * 32)) is None


def test_a_deleted_key_is_gone_with_its_last_use_and_its_id_and_digest_are_free(store, run, build):
    key, other = build.key(1, digest=b"d" * 32), build.key(2)
    run(store.commit(build.change(insert=(key, other))))
    run(store.touch({("acme", key.key_id): 5, ("acme", other.key_id): 6}))
    entries = run(store.commit(build.change(delete=(key,), revoke=(build.kill(key.key_id),))))
    assert [entry.target for entry in entries] == [key.key_id]
    assert run(store.get("acme", key.key_id)) is None
    assert run(store.get_by_digest("acme", b"d" * 32)) is None
    assert run(store.last_used("acme", [key.key_id, other.key_id])) == {other.key_id: 6}
    run(store.commit(build.change(insert=(key,))))


def test_a_key_that_changed_since_it_was_read_or_is_another_tenants_is_not_deleted(
    store, run, build
):
    old = build.key()
    run(store.commit(build.change(insert=(old,))))
    run(store.commit(build.change(replace=((old, old),))))
    foreign = msgspec.structs.replace(old, tenant="other")
    for change in (
        build.change(delete=(old,)),
        build.change(tenant="other", delete=(foreign,)),
        build.change(delete=(build.key(9),)),
    ):
        with pytest.raises(Stale):
            run(store.commit(change))
    with pytest.raises(ValueError):
        run(store.commit(build.change(delete=(foreign,))))
    assert run(store.get("acme", old.key_id)) is not None


def test_a_digest_that_must_be_absent_and_is_there_refuses_the_change(store, run, build):
    run(store.commit(build.change(insert=(build.key(1, digest=b"d" * 32),))))
    absent = (b"e" * 32, b"d" * 32)
    with pytest.raises(KeyExists):
        run(store.commit(build.change(insert=(build.key(2),), absent=absent)))
    assert run(store.get("acme", build.id(2))) is None
    elsewhere = build.key(2, tenant="other")
    run(store.commit(build.change(tenant="other", insert=(elsewhere,), absent=absent)))
    run(store.commit(build.change(insert=(build.key(2),), absent=absent[:1])))


def test_an_id_or_digest_that_is_there_is_refused(store, run, build):
    run(store.commit(build.change(insert=(build.key(1, digest=b"d" * 32),))))
    with pytest.raises(KeyExists):
        run(store.commit(build.change(insert=(build.key(1),))))
    with pytest.raises(KeyExists):
        run(store.commit(build.change(insert=(build.key(2, digest=b"d" * 32),))))
    assert run(store.get("acme", build.id(2))) is None


def test_a_change_that_inserts_one_key_twice_is_refused_whole(store, run, build):
    with pytest.raises(KeyExists):
        run(store.commit(build.change(insert=(build.key(1), build.key(1)))))
    with pytest.raises(KeyExists):
        twice = (build.key(1, digest=b"d" * 32), build.key(2, digest=b"d" * 32))
        run(store.commit(build.change(insert=twice)))
    assert run(store.get("acme", build.id(1))) is None


def test_every_replacement_raises_the_revision_by_one(store, run, build):
    key = build.key()
    run(store.commit(build.change(insert=(key,))))
    for revision in (1, 2, 3):
        old = run(store.get("acme", key.key_id))
        new = msgspec.structs.replace(old, name=f"name {revision}")
        run(store.commit(build.change(replace=((old, new),))))
        expected = msgspec.structs.replace(new, revision=revision)
        assert run(store.get("acme", key.key_id)) == expected


def test_a_replacement_of_what_changed_since_it_was_read_is_stale(store, run, build):
    old = build.key()
    run(store.commit(build.change(insert=(old,))))
    first, second = (msgspec.structs.replace(old, name=name) for name in ("first", "second"))
    run(store.commit(build.change(replace=((old, first),))))
    with pytest.raises(Stale):
        run(store.commit(build.change(replace=((old, second),))))
    assert run(store.get("acme", old.key_id)).name == "first"


def test_a_key_that_is_not_there_or_not_this_tenants_is_stale(store, run, build):
    old = build.key()
    with pytest.raises(Stale):
        run(store.commit(build.change(replace=((old, old),))))
    run(store.commit(build.change(insert=(old,))))
    foreign = msgspec.structs.replace(old, tenant="other")
    with pytest.raises(Stale):
        run(store.commit(build.change(tenant="other", replace=((foreign, foreign),))))


def test_one_key_cannot_be_replaced_twice_from_the_same_reading(store, run, build):
    old = build.key()
    run(store.commit(build.change(insert=(old,))))
    with pytest.raises(Stale):
        run(store.commit(build.change(replace=((old, old), (old, old)))))
    assert run(store.get("acme", old.key_id)) == old


def test_a_key_with_the_digest_of_another_cannot_replace(store, run, build):
    old = build.key(1)
    run(store.commit(build.change(insert=(old, build.key(2, digest=b"d" * 32)))))
    with pytest.raises(KeyExists):
        new = msgspec.structs.replace(old, digest=b"d" * 32)
        run(store.commit(build.change(replace=((old, new),))))
    assert run(store.get("acme", old.key_id)) == old


def test_a_listing_pages_through_all_keys_by_id_descending(store, run, build):
    keys = [build.key(n) for n in (5, 1, 300, 2, 4)]
    run(store.commit(build.change(insert=tuple(keys))))
    which, before, seen = KeyFilter(now=build.now), None, []
    while page := run(store.list("acme", which, limit=2, before=before)):
        assert len(page) <= 2
        seen += page
        before = page[-1].key_id
    assert [key.key_id for key in seen] == [build.id(n) for n in (300, 5, 4, 2, 1)]


def test_a_listing_shows_one_kind_and_one_actor(store, run, build):
    issued = build.key(1, actor="ada")
    imported = build.key(2, actor="ada", kind=KeyKind.IMPORTED, digest=b"d" * 32)
    nobodys = build.key(3)
    run(store.commit(build.change(insert=(issued, imported, nobodys))))

    def ids(**fields):
        found = run(store.list("acme", KeyFilter(now=build.now, **fields), limit=10))
        return [key.key_id for key in found]

    assert ids() == [nobodys.key_id, issued.key_id]
    assert ids(actor="ada") == [issued.key_id]
    assert ids(actor="") == [nobodys.key_id]
    assert ids(kind=KeyKind.IMPORTED) == [imported.key_id]
    assert ids(kind=KeyKind.IMPORTED, actor="bob") == []


def test_a_listing_by_status_reckons_expiry_at_the_second_given(store, run, build):
    now = build.now
    states = [
        (1, KeyStatus.ACTIVE, now + 1, "active"),
        (2, KeyStatus.ACTIVE, now, "expired"),
        (3, KeyStatus.SUSPENDED, now + 1, "suspended"),
        (4, KeyStatus.SUSPENDED, now, "expired"),
        (5, KeyStatus.REVOKED, now + 1, "revoked"),
        (6, KeyStatus.REVOKED, now, "revoked"),
    ]
    keys = [build.key(n, status=status, expires_at=end) for n, status, end, _ in states]
    run(store.commit(build.change(insert=tuple(keys))))
    for status in ("active", "expired", "suspended", "revoked"):
        found = run(store.list("acme", KeyFilter(now=now, status=status), limit=10))
        expected = [build.id(n) for n, _, _, name in reversed(states) if name == status]
        assert [key.key_id for key in found] == expected


def test_the_last_use_never_goes_back(store, run, build):
    used = ("acme", build.id(1))
    for ms in (500, 900, 700):
        run(store.touch({used: ms}))
    assert run(store.last_used(*[used[0], [used[1]]])) == {used[1]: 900}


def test_last_uses_are_per_tenant_and_only_of_those_asked_for(store, run, build):
    one, two, three = (build.id(n) for n in (1, 2, 3))
    run(store.touch({("acme", one): 5, ("acme", two): 6, ("other", one): 7}))
    run(store.touch({}))
    assert run(store.last_used("acme", [one, three])) == {one: 5}
    assert run(store.last_used("other", [one, two])) == {one: 7}
    assert run(store.last_used("acme", [])) == {}


def test_last_uses_of_more_keys_than_a_statement_takes_parameters(store, run, build):
    ids = [build.id(n) for n in range(40_000)]
    run(store.touch({("acme", key_id): 1 for key_id in ids[::1000]}))
    assert len(run(store.last_used("acme", ids))) == 40
