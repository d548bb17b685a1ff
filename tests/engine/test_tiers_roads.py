"""A verifier is told of what a snapshot holds as of what is in memory."""

import pytest

import engine.denylist
from engine import Access, Kind, TokenError, TokenRevoked, actor_target, attenuate, tenant_target
from engine.caveats import Delegate
from tests.engine.tiers import DAY, NOW, snapshot_of

ACCESS = Access(now=NOW)
KEY = b"K" * 16


def cold(entry):
    """A denylist that has this entry in its snapshot alone."""
    denylist = engine.denylist.Denylist()
    denylist.add(*entry, NOW + DAY)
    denylist.adopt(snapshot_of(denylist))
    assert (denylist.exact, len(denylist)) == (0, 1)
    return denylist


def test_every_kind_kills_from_a_snapshot_what_it_kills_from_memory_and_nothing_else(world) -> None:
    key = world.key(now=NOW - 5)
    key_id = next(i for i in world.records if i in world.parts(key)[0])
    child = attenuate(key, Delegate("mallory"))
    grant = world.minted_grant(key_id=KEY, key_issued_at=NOW - 5)
    below = attenuate(grant.text, Delegate("bob"))
    texts = [key, child.text, grant.text, below.text]
    for entry, dead in {
        (Kind.KEY, key_id, 0): texts[:2],
        (Kind.KEY, KEY, 0): texts[2:],
        (Kind.GRANT, grant.grant_id, 0): texts[2:],
        (Kind.BLOCK, child.revocation_id, 0): [child.text],
        (Kind.BLOCK, below.revocation_id, 0): [below.text],
        (Kind.CHILDREN, KEY, 1): texts[2:],
        (Kind.CHILDREN, KEY, 0): [],
        (Kind.ACTOR, actor_target("default", "owner"), NOW - 5): texts,
        (Kind.ACTOR, actor_target("default", "owner"), NOW - 6): [],
        (Kind.ACTOR, actor_target("default", "mallory"), NOW): [child.text],
        (Kind.TENANT, tenant_target("default"), NOW): texts,
        (Kind.SUNSET, KEY, NOW): texts[2:],
        (Kind.SUNSET, KEY, NOW + 1): [],
        (Kind.SUNSET, key_id, NOW): texts[:2],
    }.items():
        verifier = world.verifier(denylist=cold(entry))
        for text, verdict in zip(texts, verifier.verify_many(texts, ACCESS), strict=True):
            assert isinstance(verdict, TokenError) is (text in dead), entry
            if text in dead:
                with pytest.raises(TokenRevoked):
                    verifier.verify(text, ACCESS)
            else:
                assert verifier.verify(text, ACCESS)


def test_a_token_dies_and_lives_as_before_when_its_entry_moves_into_a_snapshot(world) -> None:
    minted = world.minted_grant(key_id=KEY, generation=3)
    denylist = engine.denylist.Denylist()
    verifier = world.verifier(denylist=denylist)
    denylist.add(Kind.CHILDREN, KEY, 3, NOW + DAY)
    for _ in range(2):
        assert verifier.verify(minted.text, ACCESS)
        denylist.adopt(snapshot_of(denylist))
    denylist.add(Kind.CHILDREN, KEY, 4, NOW + 5)
    for _ in range(2):
        with pytest.raises(TokenRevoked):
            verifier.verify(minted.text, ACCESS)
        denylist.adopt(snapshot_of(denylist))
    assert denylist.prune(NOW + 5) == 0  # the strongest value stands as long as the longest entry
    with pytest.raises(TokenRevoked):
        verifier.verify(minted.text, ACCESS)
    assert denylist.prune(NOW + DAY) == 1
    assert verifier.verify(minted.text, ACCESS)
