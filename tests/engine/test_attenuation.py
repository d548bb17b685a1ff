"""Narrowing only narrows: whatever a token with one more caveat allows, the token allows."""

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine import Access, TokenError, _grant_py, attenuate, scopes, seal
from engine import caveats as c
from tests.engine.chains import (
    BY_TYPE,
    accesses,
    all_allowing,
    any_caveat,
    append,
    bases,
    block_lists,
    budgets_in,
    fits,
    junk,
    mint,
)

NOW = 1_800_000_000
FIELDS = _grant_py.Grant.__struct_fields__
some = settings(deadline=None, max_examples=300)


def verdict(verifier, text, access):
    try:
        return verifier.verify(text, access)
    except TokenError:
        return None


def check_narrower(world, before, after, access, revocation_id=None):
    """The property, and all that a grant says of it."""
    for spend in (fits, None):
        verifier = world.verifier(spend=spend)
        wide, narrow = verdict(verifier, before, access), verdict(verifier, after, access)
        if narrow is None:
            continue
        event("allowed")
        assert wide is not None, "a caveat allowed what the token did not"
        for scope in narrow.scopes:
            assert scopes.uncovered(wide.scopes, [scope]) is None
        assert narrow.expires_at <= wide.expires_at
        if wide.audiences:
            assert narrow.audiences and set(narrow.audiences) <= set(wide.audiences)
        assert narrow.revocation_ids[:-1] == wide.revocation_ids
        assert revocation_id in (None, narrow.revocation_ids[-1])
        assert narrow.delegates[: len(wide.delegates)] == wide.delegates
        for field in ("tenant", "key_id", "key_issued_at", "grant_id", "actor", "claims"):
            assert getattr(narrow, field) == getattr(wide, field)
        assert narrow.generation == wide.generation


# One more Budget still fits, which attenuate would otherwise refuse to append.
with_room = block_lists.filter(lambda chain: budgets_in(chain) < 4)


@some
@given(bases, with_room, any_caveat, accesses)
def test_one_more_caveat_never_widens(world, base, chain, caveat, access) -> None:
    text = append(mint(world, base), chain)
    narrowed = attenuate(text, caveat)
    check_narrower(world, text, narrowed.text, access, narrowed.revocation_id)


@pytest.mark.parametrize("kind", BY_TYPE, ids=lambda kind: kind.__name__)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_caveat_of_any_type_widens(world, kind, data) -> None:
    access = data.draw(st.just(all_allowing()) | accesses)
    text = mint(world, data.draw(bases))
    if data.draw(st.booleans()):
        text = attenuate(text, data.draw(BY_TYPE[kind])).text
    check_narrower(world, text, attenuate(text, data.draw(BY_TYPE[kind])).text, access)


def test_every_type_of_caveat_takes_part() -> None:
    assert set(BY_TYPE) == set(c.AnyCaveat.__args__)


@some
@given(accesses, st.lists(st.lists(junk, max_size=4) | any_caveat, min_size=1, max_size=3))
def test_no_block_of_any_content_widens(world, access, content) -> None:
    text = world.grant()
    head, blocks, _ = world.parts(text)
    block = msgspec.msgpack.encode([b"n" * 8, *content])
    check_narrower(world, text, world.forge(head, *blocks, block), access)


@some
@given(bases, block_lists, accesses)
def test_sealing_changes_no_verdict(world, base, chain, access) -> None:
    text = append(mint(world, base), chain)
    verifier = world.verifier(spend=fits)
    left, sealed = verdict(verifier, text, access), verdict(verifier, seal(text), access)
    assert (left is None) == (sealed is None)
    if left is not None:
        changed = [name for name in FIELDS if getattr(left, name) != getattr(sealed, name)]
        assert changed == ["sealed"] and sealed.sealed is True


@some
@given(bases, block_lists, accesses)
def test_explain_allows_exactly_what_verify_allows(world, base, chain, access) -> None:
    text = append(mint(world, base), chain)
    for spend in (lambda debits, now: None, None):
        verifier = world.verifier(spend=spend)
        explained = verifier.explain(text, access)
        assert explained.allowed is (verdict(verifier, text, access) is not None)
        assert explained.allowed is not bool(explained.refusals)


def test_a_child_knows_its_own_revocation_id_and_siblings_differ(world) -> None:
    text = world.key()
    one, two = (attenuate(text, c.Delegate("agent")) for _ in range(2))
    assert one.text != two.text and one.revocation_id != two.revocation_id
    assert attenuate(text, c.Delegate("agent"), nonce=b"12345678") == attenuate(
        text, c.Delegate("agent"), nonce=b"12345678"
    )
    grant = world.verifier().verify(one.text, Access(now=NOW))
    assert grant.revocation_ids == (one.revocation_id,)


def test_what_a_holder_appends_neither_identifies_nor_grants(world) -> None:
    text = attenuate(
        world.key(actor="owner", scopes=("read",)), c.Delegate("root"), c.Scopes(["*"])
    ).text
    grant = world.verifier().verify(text, Access(now=NOW))
    assert (grant.actor, grant.scopes, grant.delegates) == ("owner", ("read",), ("root",))
