"""The compiled road reads bytes as the readable road does: any, and those that are nearly right."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import chains, odd
from tests.engine.roads import base_access, check, compare, watched
from tests.engine.world import NOW
from tests.fuzz.mutate import change, garble
from tests.vectors import wire

some = settings(deadline=None, max_examples=300)
seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests name both roads themselves, so they run once."""
    return "both"


@settings(some, max_examples=200)
@given(st.binary(max_size=60) | st.binary(min_size=1020, max_size=1025), chains.accesses)
def test_both_roads_agree_on_any_bytes_in_a_block(world, data, access) -> None:
    check(watched(world), world.forge(world.head(), data), access)


@settings(some, max_examples=200)
@given(st.binary(max_size=60), st.booleans(), chains.accesses)
def test_both_roads_agree_on_any_bytes_in_a_header(world, data, sealed, access) -> None:
    check(watched(world), world.forge(data, sealed=sealed), access)


@settings(some, max_examples=800)
@given(st.lists(chains.any_caveat, min_size=1, max_size=3), seeds,
       st.just(chains.all_allowing()) | chains.accesses)  # fmt: skip
def test_both_roads_agree_on_blocks_that_are_nearly_right(world, caveats, seed, access) -> None:
    rng = random.Random(seed)
    block = [b"n" * 8, *msgspec.msgpack.decode(msgspec.msgpack.encode(caveats))]
    for _ in range(rng.randrange(3)):
        block = change(block, rng)
    data = wire.pack(block)
    data = garble(data, rng) if rng.random() < 0.2 else data
    check(watched(world), world.forge(world.head(), data), access)


HEADERS = [
    lambda rng: wire.key_header(),
    lambda rng: wire.grant_header(scopes=["*"]),
    lambda rng: wire.grant_header(
        scopes=["read:a", "read:*", "é"], cidrs=[b"\x0a\0\0\0\x08", bytes(17)], audiences=["a", ""],
        claims=rng.randbytes(rng.choice([0, 1, 255, 256, 600])), actor="x" * rng.choice([0, 256]),
        issued_at=rng.choice([0, NOW, 2**63 - 1]), expires_at=rng.choice([NOW + 50, 2**63 - 1]),
    ),
]  # fmt: skip


@settings(some, max_examples=800)
@given(seeds, st.just(chains.all_allowing()) | chains.accesses, st.booleans())
def test_both_roads_agree_on_headers_that_are_nearly_right(world, seed, access, sealed) -> None:
    rng = random.Random(seed)
    header = msgspec.msgpack.decode(rng.choice(HEADERS)(rng))
    for _ in range(rng.randrange(3)):
        header = change(header, rng)
    data = wire.pack(header)
    data = garble(data, rng) if rng.random() < 0.2 else data
    records = {b"K" * 16: odd.odd_record({})}
    check(watched(world, records=records), world.forge(data, sealed=sealed), access)


@settings(some, max_examples=800)
@given(chains.bases, chains.block_lists, seeds, st.booleans())
def test_both_roads_agree_on_texts_that_are_nearly_right(world, base, blocks, seed, signed) -> None:
    rng = random.Random(seed)
    text = chains.append(chains.mint(world, base), blocks)
    if signed:  # with the right checksum over the wrong text or the wrong envelope
        prefix, data = world.unspell(text)
        if rng.random() < 0.5:
            text = world.spell(prefix, wire.pack(change(msgspec.msgpack.decode(data), rng)))
        else:
            changed = garble(text[:-7].encode(), rng).decode("latin-1")
            text = world.sign(changed) if changed.isascii() else changed
    else:
        text = garble(text.encode(), rng).decode(
            rng.choice(["latin-1", "ascii"]), "surrogateescape"
        )
    check(watched(world), text, chains.all_allowing())


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17])
@pytest.mark.parametrize("caveats", [1, 14, 15, 16, 31, 32, 33])
def test_both_roads_agree_on_the_greatest_counts(world, count, caveats) -> None:
    block = wire.pack([b"n" * 8, *[[9, "a"]] * caveats])
    check_count = compare(
        watched(world), world.forge(world.head(), *[block] * count), base_access()
    )
    allowed = not count or (count <= 16 and caveats <= 32)
    assert check_count == ("compiled road: yes" if allowed else "readable road: MalformedToken")


@pytest.mark.parametrize("size", [255, 256, 257])
@pytest.mark.parametrize("letter", ["x", "é", "\U0001d4b3"])
@pytest.mark.parametrize("place", ["actor", "scope", "audience", "delegate", "tool", "currency"])
def test_both_roads_agree_on_the_longest_strings(world, size, letter, place) -> None:
    text = (letter * size).encode()[:size].decode(errors="ignore")
    text += "x" * (size - len(text.encode()))
    fields = {"actor": {"actor": text}, "scope": {"scopes": ["*", text]},
              "audience": {"audiences": ["a", text]}}  # fmt: skip
    inside = {"delegate": [9, text], "tool": [5, [text]], "currency": [6, text, 9]}
    head = wire.grant_header(**{"scopes": ["*"], "key_issued_at": NOW} | fields.get(place, {}))
    blocks = [wire.pack([b"n" * 8, inside[place]])] if place in inside else []
    access = base_access(tool=text, amount=(text, 9))
    told = compare(watched(world), world.forge(head, *blocks), access)
    assert told.startswith("compiled road: yes") is (size <= 256)


@pytest.mark.parametrize("number", [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32,
                                    2**63 - 1, 2**63, 2**64 - 1])  # fmt: skip
@pytest.mark.parametrize("field", ["amount", "depth", "window", "generation", "expires_at"])
def test_both_roads_agree_on_the_greatest_integers(world, number, field) -> None:
    inside = {"amount": [6, "USD", number], "depth": [10, number], "window": [1, 0, number]}
    blocks = [wire.pack([b"n" * 8, inside[field]])] if field in inside else []
    fields = {field: number} if not blocks else {}
    head = wire.grant_header(**{"scopes": ["*"], "key_issued_at": NOW} | fields)
    told = compare(watched(world), world.forge(head, *blocks), base_access(amount=("USD", 0)))
    enough = number > NOW or field in ("amount", "depth", "generation")
    assert (told == "compiled road: yes") is (enough and number < 2**63)
