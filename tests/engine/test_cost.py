"""What a token makes a verifier do is bounded by its length: no holder buys time by the block.

Work is counted, not timed: how much text the readable road reads, which is the road of every
refusal. The compiled one reads each path once as well, and refuses nothing by itself.
"""

import pytest

from engine import (
    Access,
    BadTail,
    CaveatUnmet,
    MalformedToken,
    attenuate,
    header,
    paths,
    scopes,
)
from engine.caveats import Audience, Http, Network, Resource, Scopes

NOW = 1_800_000_000
LONG = "/" + "b/" * 4000 + "b"


class Meter:
    """How many characters a function was given to read."""

    def __init__(self, patch, module, name: str, len=len) -> None:
        self.read, self.calls, self.len = 0, 0, len
        self.original = getattr(module, name)
        patch.setattr(module, name, self)

    def __call__(self, text):
        self.read += self.len(text)
        self.calls += 1
        return self.original(text)


def filled(world, several) -> str:
    """A grant with as many blocks as fit, of as much as fits."""
    text, added = world.grant(), True
    while added:
        added = False
        for count in range(400, 0, -1):
            try:
                text, added = attenuate(text, *several(count)).text, True
                break
            except ValueError:
                continue
    return text


@pytest.fixture(scope="module")
def heavy(world):
    """Tokens of nearly the greatest length, made of what is dearest to judge."""
    return {
        "patterns": filled(world, lambda n: [Http(["GET"], ["/a"] * n + ["/*"])]),
        "caveats": filled(world, lambda n: [Http(["GET"], ["/*"])] * n),
        "resources": filled(world, lambda n: [Resource(["/*"])] * n),
        "scopes": filled(world, lambda n: [Scopes(["*", *(f"s{i}" for i in range(n))])]),
        "deep": filled(world, lambda n: [Scopes(["*", *([":" * 90] * n)])]),
        "audiences": filled(world, lambda n: [Audience([f"{i}" for i in range(n)] + ["x"])]),
    }


def access(**facts: object) -> Access:
    stated = {"method": "GET", "path": LONG, "resource": LONG, "audience": "x"}
    return Access(now=NOW, **stated | facts)


@pytest.mark.parametrize("name", ["patterns", "caveats", "resources"])
def test_a_path_is_read_once_and_every_pattern_a_fixed_number_of_times(
    world, heavy, monkeypatch, name
) -> None:
    text = heavy[name]
    assert len(text) > 4000
    meter = Meter(monkeypatch, paths, "segments")
    assert world.verifier().decide(text, access())
    assert meter.read <= len(LONG) + 2 * len(text)
    assert world.verifier().explain(text, access()).allowed
    with pytest.raises(CaveatUnmet):
        world.verifier().verify(text, access(path="c", resource="c"))


def test_a_path_past_the_limit_is_not_read_at_all(world, heavy) -> None:
    for size in (8193, 60_000, 10**6):
        endless = "/" + "a" * size
        with pytest.raises(CaveatUnmet, match="too long"):
            world.verifier().verify(heavy["patterns"], access(path=endless))
        (verdict,) = world.verifier().verify_many([heavy["patterns"]], access(path=endless))
        assert "too long" in verdict.reason and len(verdict.reason) < 1000


@pytest.mark.parametrize("required", [(), tuple(f"q{i}" for i in range(64))])
def test_every_scope_is_read_a_fixed_number_of_times(world, heavy, monkeypatch, required) -> None:
    for name in ("scopes", "deep"):
        text, asked = heavy[name], access(scopes=required)
        assert len(text) > 6000
        faults = Meter(monkeypatch, scopes, "fault")
        covers = Meter(monkeypatch, scopes, "_coverers")
        grant = world.verifier().decide(text, asked)
        blocks = len(grant.revocation_ids)
        assert faults.read <= 4 * len(text) + (blocks + 1) * sum(map(len, required))
        assert covers.calls <= len(grant.scopes) + (blocks + 1) * len(required) + 1
        monkeypatch.undo()


def test_what_is_left_of_long_lists_is_the_same_on_both_roads(world, heavy) -> None:
    for text in heavy.values():
        found, spelt = (
            world.verifier().verify(text, access()),
            world.verifier().decide(text, access()),
        )
        assert (found.scopes, found.audiences) == (spelt.scopes, spelt.audiences)
    assert world.verifier().verify(heavy["audiences"], access()).audiences[-1] == "x"


@pytest.mark.parametrize("fields", [
    {"scopes": ("a",) * 2450}, {"cidrs": (b"\x0a\0\0\1\x08",) * 700}, {"audiences": ()},
    {"actor": "é" * 200},
])  # fmt: skip
def test_a_forged_header_is_not_examined_before_its_tail_matched(
    world, monkeypatch, fields
) -> None:
    head = world.head(**fields)
    genuine, forged = world.forge(head), world.join("mz_mc", head, [], bytes(32))
    if "scopes" not in fields:
        with pytest.raises(MalformedToken, match="the token's header has"):
            world.verifier().verify(genuine, access())
    meter = Meter(monkeypatch, header, "_fault", len=lambda read: 1)
    with pytest.raises(BadTail):
        world.verifier().verify(forged, access())
    (verdict,) = world.verifier().verify_many([forged], access())
    assert type(verdict) is BadTail
    assert meter.calls == 0


def test_an_address_of_any_length_gets_a_short_answer(world) -> None:
    text = attenuate(world.grant(), Network([bytes(5)])).text
    with pytest.raises(CaveatUnmet) as caught:
        world.verifier().verify(text, access(client_ip="1" * 10**6))
    assert len(caught.value.reason) < 1000
