"""Revoking any link kills everything below it, and nothing beside or above it."""

import pytest

from engine import (
    Access,
    NoDenylist,
    TokenRevoked,
    Verifier,
    actor_target,
    attenuate,
    seal,
    tenant_target,
)
from engine.caveats import Delegate
from engine.types import Kind

NOW = 1_800_000_000
ACCESS = Access(now=NOW)
KEY = b"K" * 16


def lives(world, text, *entries, access=ACCESS) -> None:
    assert world.verifier(denylist=world.denylist(*entries)).verify(text, access)


def dies(world, text, *entries, access=ACCESS) -> TokenRevoked:
    verifier = world.verifier(denylist=world.denylist(*entries))
    with pytest.raises(TokenRevoked) as caught:
        verifier.verify(text, access)
    (step,) = verifier.explain(text, access).refusals
    assert step.error == "TokenRevoked"
    return caught.value


def family(world, root):
    """A child, its sibling, a grandchild and its sealed form."""
    child, sibling = (attenuate(root, Delegate("agent")) for _ in range(2))
    grandchild = attenuate(child.text, Delegate("agent"))
    return child, sibling, grandchild, seal(grandchild.text)


def test_a_dead_key_takes_everything_below_it(world) -> None:
    root = world.key()
    (key_id,) = [i for i, record in world.records.items() if i in world.parts(root)[0]]
    child, sibling, grandchild, sealed = family(world, root)
    for text in (root, child.text, sibling.text, grandchild.text, sealed):
        refusal = dies(world, text, (Kind.KEY, key_id, 0))
        assert (refusal.link, refusal.revocation_id, refusal.block) == ("key", key_id, None)
    lives(world, world.key(), (Kind.KEY, key_id, 0))


def test_a_dead_key_takes_its_grants_and_a_dead_grant_leaves_its_key(world) -> None:
    minted = world.minted_grant(key_id=KEY)
    child = attenuate(minted.text, Delegate("a")).text
    for text in (minted.text, child, seal(child)):
        assert dies(world, text, (Kind.KEY, KEY, 0)).link == "key"
        refusal = dies(world, text, (Kind.GRANT, minted.grant_id, 0))
        assert (refusal.link, refusal.revocation_id) == ("grant", minted.grant_id)
    lives(world, world.grant(key_id=KEY), (Kind.GRANT, minted.grant_id, 0))
    lives(world, world.key(), (Kind.GRANT, minted.grant_id, 0))


@pytest.mark.parametrize("root", ["key", "grant"])
def test_a_dead_block_takes_all_below_it_and_no_sibling_or_ancestor(world, root) -> None:
    root = getattr(world, root)()
    child, sibling, grandchild, sealed = family(world, root)
    entry = (Kind.BLOCK, child.revocation_id, 0)
    for text in (child.text, grandchild.text, sealed):
        refusal = dies(world, text, entry)
        assert (refusal.link, refusal.block) == ("block", 0)
        assert refusal.revocation_id == child.revocation_id
    for text in (root, sibling.text, attenuate(sibling.text, Delegate("agent")).text):
        lives(world, text, entry)
    entry = (Kind.BLOCK, grandchild.revocation_id, 0)
    assert dies(world, grandchild.text, entry).block == 1
    assert dies(world, sealed, entry).block == 1
    for text in (root, child.text, sibling.text):
        lives(world, text, entry)


DEADLY = (Kind.KEY, Kind.GRANT, Kind.BLOCK)


def test_an_id_dies_as_the_kind_it_was_revoked_as_and_lives_as_any_other(world) -> None:
    key = world.key()
    key_id = next(i for i in world.records if i in world.parts(key)[0])
    child = attenuate(key, Delegate("a"))
    minted = world.minted_grant(key_id=KEY)
    # Whoever can write a header can give a grant the id of somebody's key, and revoke the grant.
    twin = world.forge(world.head(key_id=b"L" * 16, grant_id=key_id))
    for target, texts in {
        key_id: {Kind.KEY: (key, child.text), Kind.GRANT: (twin,)},
        child.revocation_id: {Kind.BLOCK: (child.text,)},
        minted.grant_id: {Kind.GRANT: (minted.text, seal(minted.text))},
        KEY: {Kind.KEY: (minted.text,)},
    }.items():
        for kind in DEADLY:
            # Of each kind there is an entry, so that no kind is passed over for want of any.
            others = [(other, bytes([other]) * 16, 0) for other in DEADLY]
            for meant, several in texts.items():
                for text in several:
                    (dies if kind == meant else lives)(world, text, (kind, target, 0), *others)


def test_pruning_one_kind_leaves_the_others_in_force(world) -> None:
    minted = world.minted_grant(key_id=KEY)
    for pruned in DEADLY:
        denylist = world.denylist((Kind.GRANT, minted.grant_id, 0))
        denylist.add(pruned, b"p" * 16, 0, 5)
        assert denylist.prune(5) == 1
        with pytest.raises(TokenRevoked):
            world.verifier(denylist=denylist).verify(minted.text, ACCESS)


def test_the_highest_dead_link_is_the_one_named(world) -> None:
    minted = world.minted_grant(key_id=KEY)
    one = attenuate(minted.text, Delegate("a"))
    two = attenuate(one.text, Delegate("b"))
    entries = [
        (Kind.KEY, KEY, 0),
        (Kind.GRANT, minted.grant_id, 0),
        (Kind.BLOCK, one.revocation_id, 0),
        (Kind.BLOCK, two.revocation_id, 0),
    ]
    for start, link in enumerate(["key", "grant", "block", "block"]):
        assert dies(world, two.text, *entries[start:]).link == link


@pytest.mark.parametrize(("generation", "standing", "good"), [
    (0, 0, True), (0, 1, False), (1, 1, True), (1, 2, False), (5, 2, True),
])  # fmt: skip
def test_children_dies_below_the_generation_and_the_key_lives(
    world, generation, standing, good
) -> None:
    minted = world.minted_grant(key_id=KEY, generation=generation)
    entry = (Kind.CHILDREN, KEY, standing)
    for text in (minted.text, attenuate(minted.text, Delegate("a")).text):
        if good:
            lives(world, text, entry)
        else:
            refusal = dies(world, text, entry)
            assert (refusal.link, refusal.revocation_id) == ("grant", minted.grant_id)
    lives(world, world.grant(key_id=b"L" * 16), entry)


def test_children_never_kills_the_key_itself_nor_its_blocks(world) -> None:
    root = world.key(generation=0)
    key_id = next(i for i in world.records if i in world.parts(root)[0])
    for text in (root, attenuate(root, Delegate("a")).text):
        lives(world, text, (Kind.CHILDREN, key_id, 99))


TARGETS = {
    "actor": (Kind.ACTOR, actor_target("default", "owner")),
    "tenant": (Kind.TENANT, tenant_target("default")),
}


@pytest.mark.parametrize("link", TARGETS)
@pytest.mark.parametrize(("issued", "until", "good"), [
    (NOW, NOW, False), (NOW, NOW + 1, False), (NOW, NOW - 1, True), (0, 0, False), (1, 0, True),
])  # fmt: skip
def test_actor_and_tenant_die_by_the_keys_issue_and_not_the_grants(
    world, link, issued, until, good
) -> None:
    kind, target = TARGETS[link]
    check = lives if good else dies
    access = Access(now=NOW + 5)
    for text in (
        world.key(now=issued),
        world.grant(key_issued_at=issued, now=NOW + 5),
        attenuate(world.key(now=issued), Delegate("a")).text,
    ):
        refusal = check(world, text, (kind, target, until), access=access)
        assert good or (refusal.link, refusal.revocation_id) == (link, target)


def test_another_actor_or_tenant_is_untouched(world) -> None:
    entries = [
        (Kind.ACTOR, actor_target("default", "other"), NOW),
        (Kind.ACTOR, actor_target("other", "owner"), NOW),
        (Kind.ACTOR, actor_target("default", ""), NOW),
        (Kind.ACTOR, tenant_target("default"), NOW),
        (Kind.TENANT, actor_target("default", "owner"), NOW),
        (Kind.TENANT, tenant_target("other"), NOW),
    ]
    for text in (world.key(), world.grant(), world.key(actor=""), world.grant(actor="")):
        lives(world, text, *entries)


def test_targets_are_the_designs_and_no_two_names_share_one() -> None:
    assert actor_target("a", "bc") != actor_target("ab", "c") != actor_target("abc", "")
    assert len({actor_target("t", ""), tenant_target("t"), actor_target("", "t")}) == 3
    assert all(len(one) == 16 for one in (actor_target("é" * 127, "é"), tenant_target("é")))
    assert actor_target("default", "agent-7").hex() == "e0d900efa7cbe65b0ce163cd349a6899"


@pytest.mark.parametrize(("value", "now", "good"), [
    (NOW, NOW - 1, True), (NOW, NOW, False), (NOW, NOW + 1, False), (0, NOW, False),
])  # fmt: skip
def test_a_sunset_key_dies_with_all_below_it_at_its_second(world, value, now, good) -> None:
    check = lives if good else dies
    root = world.key(now=NOW - 500)
    key_id = next(i for i in world.records if i in world.parts(root)[0])
    entries = [(Kind.SUNSET, key_id, value), (Kind.SUNSET, KEY, value)]
    for text in (
        root,
        attenuate(root, Delegate("a")).text,
        world.grant(key_id=KEY, now=NOW - 500),
    ):
        refusal = check(world, text, *entries, access=Access(now=now))
        assert good or refusal.link == "key"


def test_a_revoked_delegate_dies_where_it_is_named_and_below(world) -> None:
    entry = (Kind.ACTOR, actor_target("default", "mallory"), NOW)
    root = world.key()
    named = attenuate(root, Delegate("bob"), Delegate("mallory")).text
    below = attenuate(named, Delegate("carol")).text
    for text in (named, below, seal(below), attenuate(world.grant(), Delegate("mallory")).text):
        refusal = dies(world, text, entry)
        assert (refusal.link, refusal.revocation_id) == ("actor", entry[1])
    for text in (root, attenuate(root, Delegate("carol")).text):
        lives(world, text, entry)
    lives(world, attenuate(world.key(now=NOW + 1), Delegate("mallory")).text, entry)


def test_without_a_denylist_nothing_is_revoked_and_it_must_be_said(world) -> None:

    denylist = NoDenylist()
    assert denylist.first_dead(Kind.KEY, [KEY]) == denylist.value(Kind.TENANT, KEY) == -1
    assert denylist.has_values is False
    with pytest.raises(TypeError):
        Verifier(world.keys)


def test_a_pruned_entry_is_forgotten_and_not_before(world) -> None:
    minted = world.minted_grant()
    denylist = world.denylist()
    denylist.add(Kind.GRANT, minted.grant_id, 0, NOW + 5)
    verifier = world.verifier(denylist=denylist)
    denylist.prune(NOW + 4)
    with pytest.raises(TokenRevoked):
        verifier.verify(minted.text, ACCESS)
    assert denylist.prune(NOW + 5) == 1
    assert verifier.verify(minted.text, ACCESS)
