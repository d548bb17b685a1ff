"""A change is applied whole or not at all, and leaves exactly one audit row."""

import msgspec
import pytest

from engine.types import Kind, Revocation
from storage.base import AuditEvent, KeyStatus, RevokedKey
from storage.errors import (
    Conflict,
    IssuedTooEarly,
    KeyExists,
    KeyRevoked,
    RequestReplayed,
    Stale,
)


def everything(build, **fields):
    """A change that writes to every table, on top of keys 1 and 2."""
    old = build.key(1)
    filled = {
        "insert": (build.key(10), build.key(11, digest=b"n" * 32)),
        "replace": ((old, msgspec.structs.replace(old, name="new")),),
        "revoke_keys": (RevokedKey(key_id=build.id(2), reason=1, description="lost"),),
        "revoke": (build.kill(build.id(1)), build.kill(build.id(1, shard=3), Kind.GRANT)),
        "request_id": "req",
    }
    return build.change(**{**filled, **fields})


def state(store, run, build):
    """All that a change can write, as reads show it."""
    ids = [build.id(n) for n in (1, 2, 10, 11)]
    return (
        [run(store.get("acme", key_id)) for key_id in ids],
        list(run(store.positions())),
        [list(run(store.read(shard, 0, 100))) for shard in range(8)],
        list(run(store.audit("acme", limit=100))),
    )


@pytest.fixture
def stocked(store, run, build):
    first = (build.key(1), build.key(2, digest=b"d" * 32))
    run(store.commit(build.change(insert=first, request_id="used")))
    blocked = build.kill(build.id(9), Kind.TENANT, value=build.now)
    run(store.commit(build.change(revoke=(blocked,))))
    return store


UNSOUND = {
    "short target": lambda b: {"revoke": (b.kill(b.id(1)), b.kill(b.id(2)[:15]))},
    "long target": lambda b: {"revoke": (b.kill(b.id(1) + b"x"),)},
    "no target": lambda b: {"revoke": (b.kill(b""),)},
    "short floor": lambda b: {"floors": (Revocation(Kind.ACTOR, b.id(9)[:15]),)},
    "negative value": lambda b: {"revoke": (b.kill(b.id(1), Kind.ACTOR, -1),)},
    "great value": lambda b: {"revoke": (b.kill(b.id(1), Kind.ACTOR, 2**63),)},
    "negative expiry": lambda b: {"revoke": (b.kill(b.id(1), expires_at=-1),)},
    "great expiry": lambda b: {"revoke": (b.kill(b.id(1), expires_at=2**63),)},
    "negative time": lambda b: {"at_ms": -1},
    "great time": lambda b: {"at_ms": 2**63},
    "short id": lambda b: {"insert": (b.key(10, key_id=b.id(10)[:15]),)},
    "great expiry of a key": lambda b: {"insert": (b.key(10, expires_at=2**63),)},
    "great issue": lambda b: {"insert": (b.key(10, issued_at=2**63),)},
    "great generation": lambda b: {"replace": ((b.key(1), b.key(1, generation=2**63)),)},
    "short id of a revoked key": lambda b: {
        "revoke_keys": (RevokedKey(key_id=b.id(2)[:15], reason=1),)
    },
    "negative reason": lambda b: {"revoke_keys": (RevokedKey(key_id=b.id(2), reason=-1),)},
    "NUL in a name": lambda b: {"insert": (b.key(10, name="a\0b"),)},
    "NUL in an actor": lambda b: {"replace": ((b.key(1), b.key(1, actor="a\0b")),)},
    "NUL in a description": lambda b: {
        "revoke_keys": (RevokedKey(key_id=b.id(2), reason=1, description="a\0b"),)
    },
    "NUL in a request id": lambda b: {"request_id": "a\0b"},
    "NUL in a reason": lambda b: {"revoke": (b.kill(b.id(1), reason="a\0b"),)},
    "NUL in the audit": lambda b: {"audit": AuditEvent(action="test", caller="a\0b")},
    "negative creation": lambda b: {"replace": ((b.key(1), b.key(1, created_ms=-1)),)},
}


@pytest.mark.parametrize("how", UNSOUND)
def test_what_no_reader_could_take_is_refused_before_anything_is_written(stocked, run, build, how):
    before = state(stocked, run, build)
    with pytest.raises(ValueError, match="exactly 16 bytes|from 0 to|NUL"):
        run(stocked.commit(everything(build, **UNSOUND[how](build))))
    assert state(stocked, run, build) == before


def test_the_greatest_numbers_are_kept_as_they_are(store, run, build):
    latest = 2**63 - 1
    kill = build.kill(build.id(1), Kind.ACTOR, latest, expires_at=latest)
    key = build.key(10, issued_at=latest, expires_at=latest, generation=latest)
    change = build.change(at_ms=latest, insert=(key,), revoke=(kill,))
    (entry,) = run(store.commit(change))
    assert (entry.value, entry.expires_at) == (latest, latest)
    assert list(run(store.read(entry.shard, 0, 9))) == [entry]
    assert run(store.get("acme", key.key_id)) == key
    assert run(store.audit("acme", limit=9))[0].at_ms == latest


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (lambda b: {"request_id": "used"}, RequestReplayed),
        (lambda b: {"floors": (Revocation(Kind.TENANT, b.id(9)),)}, IssuedTooEarly),
        (lambda b: {"insert": (b.key(10), b.key(1))}, KeyExists),
        (lambda b: {"insert": (b.key(10), b.key(11, digest=b"d" * 32))}, KeyExists),
        (lambda b: {"replace": ((b.key(1), b.key(1)), (b.key(12), b.key(12)))}, Stale),
        (lambda b: {"replace": ((b.key(1, revision=7), b.key(1)),)}, Stale),
        (lambda b: {"revoke_keys": (RevokedKey(key_id=b.id(12), reason=1),)}, Stale),
        (lambda b: {"revoke_keys": (RevokedKey(key_id=b.id(2), reason=1),) * 2}, KeyRevoked),
    ],
    ids=["request_id", "floor", "id", "digest", "missing", "revision", "no key", "revoked"],
)
def test_a_failing_part_leaves_nothing_of_the_change(stocked, run, build, broken, error):
    before = state(stocked, run, build)
    with pytest.raises(error):
        run(stocked.commit(everything(build, **broken(build))))
    assert state(stocked, run, build) == before
    # Nothing lingers: the same change, mended, goes through.
    assert len(run(stocked.commit(everything(build)))) == 3


def test_all_parts_of_a_change_appear_together(stocked, run, build):
    entries = run(stocked.commit(everything(build)))
    revoked, told = [build.id(1), build.id(1, shard=3)], [build.id(2)]
    assert [entry.target for entry in entries] == revoked + told
    assert run(stocked.get("acme", build.id(1))).name == "new"
    assert run(stocked.get("acme", build.id(2))).status is KeyStatus.REVOKED
    assert run(stocked.get_by_digest("acme", b"n" * 32)).key_id == build.id(11)
    assert run(stocked.standing("acme", Kind.GRANT, build.id(1, shard=3))) == entries[1]


def test_a_key_is_revoked_in_whatever_revision_it_stands_and_loses_nothing_else(store, run, build):
    old = build.key(1, name="old", digest=b"d" * 32)
    run(store.commit(build.change(insert=(old, build.key(2)))))
    newer = msgspec.structs.replace(old, name="new", generation=3)
    run(store.commit(build.change(replace=((old, newer),))))
    how = RevokedKey(key_id=old.key_id, reason=4, description="left us")
    at_ms = build.now * 1000 + 7
    run(store.commit(build.change(revoke_keys=(how,), at_ms=at_ms)))
    assert run(store.get("acme", old.key_id)) == msgspec.structs.replace(
        newer,
        revision=2,
        status=KeyStatus.REVOKED,
        revocation_reason=4,
        revocation_description="left us",
        updated_ms=at_ms,
    )
    assert run(store.get("acme", build.id(2))).status is KeyStatus.ACTIVE


def test_what_was_read_before_a_key_was_revoked_cannot_be_written_back(store, run, build):
    old = build.key(1)
    run(store.commit(build.change(insert=(old,))))
    run(store.commit(build.change(revoke_keys=(RevokedKey(key_id=old.key_id, reason=1),))))
    with pytest.raises(Stale):
        run(store.commit(build.change(replace=((old, old),))))
    assert run(store.get("acme", old.key_id)).status is KeyStatus.REVOKED


def test_a_suspended_key_is_revoked_and_one_of_another_tenant_is_not(store, run, build):
    theirs = build.key(1, tenant="other")
    run(store.commit(build.change(insert=(build.key(1, status=KeyStatus.SUSPENDED),))))
    run(store.commit(build.change(tenant="other", insert=(theirs,))))
    run(store.commit(build.change(revoke_keys=(RevokedKey(key_id=build.id(1), reason=1),))))
    assert run(store.get("acme", build.id(1))).status is KeyStatus.REVOKED
    assert run(store.get("other", theirs.key_id)) == theirs


def test_every_conflict_says_that_nothing_was_written(stocked):
    for error in (KeyExists, KeyRevoked, Stale, RequestReplayed, IssuedTooEarly):
        assert issubclass(error, Conflict)


def test_every_change_leaves_one_audit_row_even_an_empty_one(store, run, build):
    run(store.commit(build.change()))
    run(store.commit(build.change(insert=(build.key(1), build.key(2)))))
    assert len(run(store.audit("acme", limit=10))) == 2


def test_a_used_request_id_names_the_first_key_it_made(store, run, build):
    made = (build.key(1), build.key(2))
    run(store.commit(build.change(insert=made, request_id="req")))
    with pytest.raises(RequestReplayed) as caught:
        run(store.commit(build.change(insert=(build.key(3),), request_id="req")))
    assert caught.value.key_id == made[0].key_id
    assert run(store.get("acme", build.id(3))) is None


def test_request_ids_are_remembered_per_tenant(store, run, build):
    run(store.commit(build.change(insert=(build.key(1),), request_id="req")))
    key = build.key(1, tenant="other")
    run(store.commit(build.change(tenant="other", insert=(key,), request_id="req")))
    assert run(store.get("other", key.key_id)) == key


def test_changes_without_a_request_id_are_never_replays(store, run, build):
    for n in (1, 2, 3):
        run(store.commit(build.change(insert=(build.key(n),))))
    assert run(store.get("acme", build.id(3))) is not None


def test_a_pruned_request_id_may_be_used_again(store, run, build):
    run(store.commit(build.change(insert=(build.key(1),), request_id="req")))
    later = build.now + 10**9
    assert run(store.prune(later)) == 1
    again = build.change(insert=(build.key(2),), request_id="req", at_ms=later * 1000)
    run(store.commit(again))


@pytest.mark.parametrize("kind", [Kind.ACTOR, Kind.TENANT])
def test_a_key_of_a_second_that_is_revoked_is_refused_and_the_next_is_not(store, run, build, kind):
    target, until = build.id(1), build.now + 5
    run(store.commit(build.change(revoke=(build.kill(target, kind, until),))))
    floors = (Revocation(kind, target),)
    for issued_at in (until - 1, until):
        early = build.change(insert=(build.key(issued_at=issued_at),), floors=floors)
        with pytest.raises(IssuedTooEarly) as caught:
            run(store.commit(early))
        assert caught.value.floor == until + 1
    run(store.commit(build.change(insert=(build.key(issued_at=until + 1),), floors=floors)))


def test_the_highest_of_all_floors_is_named(store, run, build):
    low = build.kill(build.id(1), Kind.ACTOR, build.now + 1)
    high = build.kill(build.id(2), Kind.TENANT, build.now + 9)
    run(store.commit(build.change(revoke=(low, high))))
    floors = (low.revocation, high.revocation)
    with pytest.raises(IssuedTooEarly) as caught:
        run(store.commit(build.change(insert=(build.key(),), floors=floors)))
    assert caught.value.floor == build.now + 10


def test_one_early_key_among_many_is_enough(store, run, build):
    kill = build.kill(build.id(1), Kind.TENANT, build.now)
    run(store.commit(build.change(revoke=(kill,))))
    keys = (build.key(1, issued_at=build.now + 1), build.key(2, issued_at=build.now))
    with pytest.raises(IssuedTooEarly):
        run(store.commit(build.change(insert=keys, floors=(kill.revocation,))))


def test_floors_of_other_tenants_kinds_and_targets_do_not_count(store, run, build):
    kill = build.kill(build.id(1), Kind.TENANT, build.now + 5)
    run(store.commit(build.change(tenant="other", revoke=(kill,))))
    run(store.commit(build.change(revoke=(build.kill(build.id(2), Kind.TENANT, build.now + 5),))))
    run(store.commit(build.change(revoke=(build.kill(build.id(1), Kind.ACTOR, build.now + 5),))))
    run(store.commit(build.change(insert=(build.key(),), floors=(kill.revocation,))))


def test_the_second_of_one_revoke_and_issue_act_is_not_held_against_it(store, run, build):
    kill = build.kill(build.id(1), Kind.TENANT, build.now)
    change = build.change(insert=(build.key(),), revoke=(kill,), floors=(kill.revocation,))
    run(store.commit(change))
    assert run(store.get("acme", build.id(1))) is not None


def test_keys_of_another_tenant_are_refused(store, run, build):
    foreign = build.key(tenant="other")
    with pytest.raises(ValueError):
        run(store.commit(build.change(insert=(foreign,))))
    with pytest.raises(ValueError):
        run(store.commit(build.change(replace=((build.key(1), build.key(2)),))))
    assert run(store.get("other", foreign.key_id)) is None
