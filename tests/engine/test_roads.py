"""The compiled road says what the readable road says, whatever it is given.

Every test compares all fields of a grant, or the class, the text and the attributes of a
refusal. What the compiled road said itself is counted as an event of the property.
"""

import random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine import NoDenylist, actor_target, attenuate, seal, tenant_target
from engine import caveats as c
from engine._denylist import Denylist
from engine._denylist_py import Denylist as ReadableDenylist
from tests.engine import chains, odd
from tests.engine.roads import Watched, base_access, check, compare, watched
from tests.engine.world import NOW
from tests.vectors import wire

some = settings(deadline=None, max_examples=300)
accesses = st.just(chains.all_allowing()) | chains.accesses
seeds = st.integers(0, 2**32)


class Remembering(Denylist):
    """A denylist of another class, which the compiled road must ask as the readable one does."""


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests name both roads themselves, so they run once."""
    return "both"


@some
@given(chains.bases, chains.block_lists, accesses, st.booleans(), st.sampled_from([0, 60]))
def test_both_roads_agree_on_every_chain(world, base, blocks, access, sealed, leeway) -> None:
    text = chains.append(chains.mint(world, base), blocks)
    check(watched(world, leeway=leeway), seal(text) if sealed else text, access)


@some
@given(chains.bases, chains.block_lists, odd.odd_accesses)
def test_both_roads_agree_on_every_access(world, base, blocks, access) -> None:
    assume(access is not None)
    check(watched(world), chains.append(chains.mint(world, base), blocks), access)


entries = st.lists(
    st.tuples(
        st.integers(1, 7),
        st.sampled_from(["key", "grant", "tenant", "owner", "agent", "bot", "K", 0, 1, 2]),
        st.sampled_from([0, 1, NOW - 1000, NOW - 1, NOW, NOW + 1, 2**63 - 1]),
    ),
    max_size=4,
)


@some
@given(chains.bases, chains.block_lists, entries, accesses,
       st.sampled_from([Denylist, Denylist, ReadableDenylist, Remembering]))  # fmt: skip
def test_both_roads_agree_under_every_denylist(world, base, blocks, entries, access, kind) -> None:
    text = chains.append(chains.mint(world, base), blocks)
    found = world.verifier().authenticate(text)
    ids = {"key": found.header.key_id, "grant": found.grant_id or b"G" * 16, "K": b"K" * 16}
    ids |= {"tenant": tenant_target("default")} | dict(enumerate(found.revocation_ids))
    ids |= {name: actor_target("default", name) for name in ("owner", "agent", "bot")}
    denylist = kind()
    for number, target, value in entries:
        denylist.add(number, ids.get(target, b"?" * 16), value, NOW + 10**9)
    check(watched(world, denylist=denylist), text, access)


@some
@given(odd.records, chains.block_lists, accesses, st.sampled_from(["mz_ak", "mz_pk"]))
@example({"networks": (b"\x0a\0\0\0\x40", b"\x0a\0\0\0\x08")}, [], chains.all_allowing(), "mz_ak")
@example({"scopes": ("", ":*", "*a", "read:a")}, [], chains.all_allowing(), "mz_ak")
def test_both_roads_agree_on_every_record(world, record, blocks, access, prefix) -> None:
    minted = world.keys.mint_key(now=NOW, prefix=prefix)
    made = odd.odd_record(record)
    assume(made is not None)
    verifier = watched(world, records={minted.key_id: made})
    check(
        verifier, chains.append(minted.text, blocks) if prefix == "mz_ak" else minted.text, access
    )


def likely(pattern: str, rng: random.Random) -> str:
    """A path that such a pattern may cover."""
    ends = ["a", "b/c", "", "%2e", "..", "é", "*", "a?b", "x;y", ";", "%C3%A9", "%41"]
    return pattern[:-1] + rng.choice(ends) if pattern.endswith("*") else pattern


@settings(some, max_examples=700)
@given(odd.path_lists | st.lists(odd.plain.filter(bool), min_size=1, max_size=3), odd.paths, seeds)
@example(["*"], "/", 0)
@example(["/*"], "/", 0)
@example(["/a/b*"], "/a/b*", 0)
def test_both_roads_agree_on_every_path_and_pattern(world, patterns, path, seed) -> None:
    rng = random.Random(seed)
    path = rng.choice([path, likely(rng.choice(patterns), rng)])
    caveat = rng.choice([[7, ["GET"], patterns], [8, patterns]])
    text = world.forge(world.head(), wire.pack([b"n" * 8, caveat]))
    check(watched(world), text, base_access(path=path, resource=path))


@settings(some, max_examples=400)
@given(st.lists(odd.scopes, max_size=3), st.lists(odd.scopes, max_size=3),
       st.lists(odd.scopes, max_size=2))  # fmt: skip
def test_both_roads_agree_on_every_scope(world, held, narrowed, required) -> None:
    blocks = [wire.pack([b"n" * 8, [3, narrowed]])] if narrowed else []
    text = world.forge(world.head(scopes=tuple(held)), *blocks)
    check(watched(world), text, base_access(scopes=tuple(required)))


@settings(some, max_examples=400)
@given(st.lists(odd.tools, min_size=1, max_size=3), odd.tools, seeds)
def test_both_roads_agree_on_every_tool(world, tools, tool, seed) -> None:
    rng = random.Random(seed)
    tool = rng.choice([tool, rng.choice(tools), rng.choice(tools)[:-1] + "a"])
    text = world.forge(world.head(), wire.pack([b"n" * 8, [5, tools]]))
    check(watched(world), text, base_access(tool=tool))


@settings(some, max_examples=900)
@given(st.lists(odd.packed | odd.networks, min_size=1, max_size=3), odd.addresses, st.booleans(),
       seeds)  # fmt: skip
@example([bytes(17)], "0:0:0:0:0:0:0:00001", False, 0)
@example([bytes(5)], "010.0.0.1", False, 0)
@example([bytes(17)], "fe80::1%eth0", False, 0)
def test_both_roads_agree_on_every_network_and_address(world, networks, ip, header, seed) -> None:
    rng = random.Random(seed)
    if seed & 1:  # an address near one of the networks
        near = bytearray(rng.choice(networks)[:-1])
        if len(near) in (4, 16):
            near[rng.randrange(len(near))] ^= rng.choice([0, 1, 1 << rng.randrange(8)])
            ip = str(chains_address(bytes(near)))
    if header:
        text = world.forge(wire.grant_header(key_issued_at=NOW, cidrs=networks, scopes=["*"]))
    else:
        text = world.forge(world.head(), wire.pack([b"n" * 8, [4, networks]]))
    check(watched(world), text, base_access(client_ip=ip))


def chains_address(packed: bytes) -> str:
    """The text of an address."""
    if len(packed) == 4:
        return ".".join(map(str, packed))
    return ":".join(packed[i : i + 2].hex() for i in range(0, 16, 2))


# What one caveat of each type that C judges looks like where `all_allowing` meets it.
MET = {
    c.Window: c.Window(0, NOW + 50),
    c.Audience: c.Audience(["a", "b"]),
    c.Scopes: c.Scopes(["read:*"]),
    c.Network: c.Network([b"\x0a\0\0\0\x08"]),
    c.Tools: c.Tools(["files.*"]),
    c.Amount: c.Amount("USD", 3),
    c.Http: c.Http(["GET"], ["/a/*"]),
    c.Resource: c.Resource(["x/*"]),
    c.Delegate: c.Delegate("agent"),
    c.MaxDepth: c.MaxDepth(0),
    c.BodyHash: c.BodyHash(chains.DIGESTS[0]),
    c.Binding: c.Binding(chains.DIGESTS[0]),
}


@pytest.mark.parametrize("kind", MET, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("denylist", [NoDenylist, Denylist])
def test_the_compiled_road_says_yes_by_itself_to_every_caveat_it_judges(
    world, kind, denylist
) -> None:
    verifier = watched(world, denylist=denylist())
    for credential in (world.key(), world.grant(), world.grant(cidrs=[bytes(5)], audiences=["a"])):
        text = attenuate(credential, MET[kind]).text
        for one in (credential, seal(credential), text, seal(text)):
            assert compare(verifier, one, chains.all_allowing()) == "compiled road: yes"


def test_the_compiled_road_leaves_only_caveats_that_ask_somebody_else() -> None:
    assert set(c.AnyCaveat.__args__) - set(MET) == {c.Budget, c.Custom}


def test_the_compiled_road_answers_without_the_readable_one_being_there(world, monkeypatch) -> None:
    def gone(self, token, access):
        raise AssertionError("this was left to the readable road")

    text = attenuate(world.key(), *MET.values()).text
    monkeypatch.setattr(Watched, "decide", gone)
    grant = watched(world).verify(text, chains.all_allowing())
    assert (grant.scopes, grant.delegates) == (("read:*",), ("agent",))
    with pytest.raises(AssertionError, match="left to the readable road"):
        watched(world).verify(text, base_access(tool="other"))
