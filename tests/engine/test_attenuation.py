"""Narrowing only narrows: whatever a token with one more caveat allows, the token allows."""

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine import Access, TokenError, _grant_py, attenuate, cidr, scopes, seal
from engine import caveats as c

NOW = 1_800_000_000
FIELDS = _grant_py.Grant.__struct_fields__
DIGESTS = [b"h" * 32, b"o" * 32]
some = settings(deadline=None, max_examples=300)


def listed(*choices: str, most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(choices), min_size=1, max_size=most)


times = st.integers(NOW - 100, NOW + 100)
names = ("read:a", "read:*", "write:b", "*", "marzipan:read", "read")
packed = list(map(cidr, ("10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::/0")))
BY_TYPE = {
    c.Window: st.builds(c.Window, st.just(0) | times, times | st.just(NOW + 500)),
    c.Audience: st.builds(c.Audience, listed("a", "b")),
    c.Scopes: st.builds(c.Scopes, listed(*names)),
    c.Network: st.builds(c.Network, st.lists(st.sampled_from(packed), min_size=1, max_size=3)),
    c.Tools: st.builds(c.Tools, listed("files.*", "files.read", "search")),
    c.Amount: st.builds(c.Amount, st.sampled_from(["USD", "EUR"]), st.integers(0, 20)),
    c.Http: st.builds(c.Http, listed("GET", "PUT"), listed("/*", "/a/*", "/a/b", "/c")),
    c.Resource: st.builds(c.Resource, listed("*", "x/*", "x/y", "z")),
    c.Delegate: st.builds(c.Delegate, st.sampled_from(["agent", "bot"])),
    c.MaxDepth: st.builds(c.MaxDepth, st.integers(0, 4)),
    c.Budget: st.builds(
        c.Budget, st.sampled_from(["calls", "USD"]), st.integers(0, 20), st.just(60)
    ),
    c.BodyHash: st.builds(c.BodyHash, st.sampled_from(DIGESTS)),
    c.Binding: st.builds(c.Binding, st.sampled_from(DIGESTS)),
    c.Custom: st.builds(c.Custom, st.sampled_from(["yes", "no", "odd"]), st.binary(max_size=3)),
}
any_caveat = st.one_of(*BY_TYPE.values())
HANDLERS = {"yes": lambda payload: True, "no": lambda payload: 1, "odd": lambda p: len(p) % 2 == 1}
accesses = st.builds(
    Access,
    now=times,
    client_ip=st.sampled_from(["10.1.2.3", "::ffff:10.9.9.9", "2001:db8::1", "192.0.2.1", None]),
    method=st.sampled_from(["GET", "PUT", None]),
    path=st.sampled_from(["/a/b", "/a/b?q", "/c", "/a/../c", None]),
    scopes=st.lists(st.sampled_from(["read:a", "write:b", "read"]), max_size=2).map(tuple),
    tool=st.sampled_from(["files.read", "search", None]),
    resource=st.sampled_from(["x/y", "z", None]),
    amount=st.sampled_from([("USD", 3), ("USD", 20), ("EUR", 1), ("USD", -1), None]),
    audience=st.sampled_from(["a", "b", None]),
    body_hash=st.sampled_from([*DIGESTS, None]),
    binding=st.sampled_from([*DIGESTS, None]),
    custom=st.just(HANDLERS),
)


def all_allowing(kind: type) -> Access:
    """An access with every fact, so that a single caveat is often met."""
    return Access(
        now=NOW, client_ip="10.1.2.3", method="GET", path="/a/b", scopes=("read:a",),
        tool="files.read", resource="x/y", amount=("USD", 3), audience="a",
        body_hash=DIGESTS[0], binding=DIGESTS[0], custom=HANDLERS,
    )  # fmt: skip


def fits(debits, now):
    """A pure stand-in for counters: refuses the first that is more than half of its budget."""
    return next((i for i, one in enumerate(debits) if 2 * one.cost > one.limit), None)


def verdict(verifier, text, access):
    try:
        return verifier.verify(text, access)
    except TokenError:
        return None


bases = st.fixed_dictionaries({
    "scopes": st.sampled_from([("*",), ("read:*", "write:b"), ("read:a",), ()]),
    "expires_at": times.filter(lambda at: at > NOW),
    "networks": st.sampled_from([None, (packed[0],)]),
    "kind": st.sampled_from(["key", "grant"]),
})  # fmt: skip


def mint(world, base):
    if base["kind"] == "key":
        fields = {name: base[name] for name in ("scopes", "expires_at", "networks")}
        return world.key(**fields)
    terms = {"scopes": base["scopes"], "expires_at": base["expires_at"], "cidrs": base["networks"]}
    return world.grant(**terms)


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


def has_room(chain) -> bool:
    """Whether one more Budget still fits, which attenuate would otherwise refuse to append."""
    return sum(isinstance(caveat, c.Budget) for block in chain for caveat in block) < 4


chains = st.lists(st.lists(any_caveat, min_size=1, max_size=3), max_size=3).filter(has_room)


@some
@given(bases, chains, any_caveat, accesses)
def test_one_more_caveat_never_widens(world, base, chain, caveat, access) -> None:
    text = mint(world, base)
    for block in chain:
        text = attenuate(text, *block).text
    narrowed = attenuate(text, caveat)
    check_narrower(world, text, narrowed.text, access, narrowed.revocation_id)


@pytest.mark.parametrize("kind", BY_TYPE, ids=lambda kind: kind.__name__)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_caveat_of_any_type_widens(world, kind, data) -> None:
    access = data.draw(st.just(all_allowing(kind)) | accesses)
    text = mint(world, data.draw(bases))
    if data.draw(st.booleans()):
        text = attenuate(text, data.draw(BY_TYPE[kind])).text
    check_narrower(world, text, attenuate(text, data.draw(BY_TYPE[kind])).text, access)


def test_every_type_of_caveat_takes_part() -> None:
    assert set(BY_TYPE) == set(c.AnyCaveat.__args__)


junk = st.recursive(
    st.none() | st.booleans() | st.integers(0, 99) | st.text(max_size=3) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@some
@given(accesses, st.lists(st.lists(junk, max_size=4) | any_caveat, min_size=1, max_size=3))
def test_no_block_of_any_content_widens(world, access, content) -> None:
    text = world.grant()
    head, blocks, _ = world.parts(text)
    block = msgspec.msgpack.encode([b"n" * 8, *content])
    check_narrower(world, text, world.forge(head, *blocks, block), access)


@some
@given(bases, chains, accesses)
def test_sealing_changes_no_verdict(world, base, chain, access) -> None:
    text = mint(world, base)
    for block in chain:
        text = attenuate(text, *block).text
    verifier = world.verifier(spend=fits)
    left, sealed = verdict(verifier, text, access), verdict(verifier, seal(text), access)
    assert (left is None) == (sealed is None)
    if left is not None:
        changed = [name for name in FIELDS if getattr(left, name) != getattr(sealed, name)]
        assert changed == ["sealed"] and sealed.sealed is True


@some
@given(bases, st.lists(st.lists(any_caveat, min_size=1, max_size=3), max_size=3), accesses)
def test_explain_allows_exactly_what_verify_allows(world, base, chain, access) -> None:
    text = mint(world, base)
    for block in chain:
        text = attenuate(text, *block).text
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
