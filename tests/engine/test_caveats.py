"""Each caveat allows exactly what its rule says; what is absent, unknown or malformed denies."""

import msgspec
import pytest

from engine import Access, CaveatUnmet, TokenError, TokenExpired, attenuate, cidr
from engine.caveats import (
    Amount,
    Audience,
    Binding,
    BodyHash,
    Budget,
    Caveat,
    Custom,
    Delegate,
    Http,
    MaxDepth,
    Network,
    Place,
    Resource,
    Scopes,
    Tools,
    Window,
)

NOW = 1_800_000_000
HASH, OTHER = b"h" * 32, b"o" * 32


def raising(payload: bytes) -> bool:
    raise RuntimeError("canary")


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


HANDLERS = {
    "yes": lambda payload: True,
    "no": lambda payload: False,
    "none": lambda payload: None,
    "one": lambda payload: 1,
    "text": lambda payload: "True",
    "equal": lambda payload: AlwaysEqual(),
    "raises": raising,
    "arity": lambda: True,
    "object": object(),
    "payload": lambda payload: payload == b"open",
}
DEFAULT_LEEWAY, EXPIRY = 60, NOW + 100

# caveat, facts of the access beside `now`, whether it allows
ROWS = [
    (Window(0, EXPIRY), {"now": NOW}, True),
    (Window(NOW, EXPIRY), {"now": NOW}, True),
    (Window(NOW, EXPIRY), {"now": NOW - DEFAULT_LEEWAY}, True),
    (Window(NOW, EXPIRY), {"now": NOW - DEFAULT_LEEWAY - 1}, False),
    (Window(NOW, EXPIRY), {"now": EXPIRY - 1}, True),
    (Window(NOW, EXPIRY), {"now": EXPIRY}, False),
    (Window(NOW, EXPIRY), {"now": EXPIRY + 1}, False),
    (Window(EXPIRY, NOW), {"now": NOW + 50}, False),
    (Window(NOW, NOW), {"now": NOW}, False),
    (Window(0, 2**63 - 1), {"now": NOW}, True),
    (Audience(["a"]), {"audience": "a"}, True),
    (Audience(["b", "a"]), {"audience": "a"}, True),
    (Audience(["a"]), {"audience": "A"}, False),
    (Audience(["a"]), {"audience": "a "}, False),
    (Audience(["a/*"]), {"audience": "a/b"}, False),
    (Audience(["a"]), {"audience": ""}, False),
    (Audience(["a"]), {}, False),
    (Scopes(["read:*"]), {}, True),
    (Scopes(["read:*"]), {"scopes": ("read:items",)}, True),
    (Scopes(["read:*", "write"]), {"scopes": ("read:items", "write")}, True),
    (Scopes(["read:*"]), {"scopes": ("read:items", "write")}, False),
    (Scopes(["read:*"]), {"scopes": ("read",)}, False),
    (Scopes(["*"]), {"scopes": ("anything",)}, True),
    (Scopes(["*"]), {"scopes": ("marzipan:admin",)}, False),
    (Network([cidr("10.0.0.0/8")]), {"client_ip": "10.255.0.1"}, True),
    (Network([cidr("10.0.0.0/8")]), {"client_ip": "11.0.0.1"}, False),
    (Network([cidr("10.0.0.0/8")]), {"client_ip": "::ffff:10.0.0.1"}, True),
    (Network([cidr("10.0.0.0/8"), cidr("2001:db8::/32")]), {"client_ip": "2001:db8::9"}, True),
    (Network([cidr("10.0.0.0/8")]), {"client_ip": "nowhere"}, False),
    (Network([cidr("0.0.0.0/0"), cidr("::/0")]), {}, False),
    (Tools(["search"]), {"tool": "search"}, True),
    (Tools(["search"]), {"tool": "Search"}, False),
    (Tools(["search"]), {"tool": "search.web"}, False),
    (Tools(["files.*"]), {"tool": "files.read"}, True),
    (Tools(["files.*"]), {"tool": "files.read.all"}, True),
    (Tools(["files.*"]), {"tool": "files"}, False),
    (Tools(["files.*"]), {"tool": "filesystem"}, False),
    (Tools(["files.*"]), {"tool": "files:read"}, False),
    (Tools(["files.read"]), {"tool": "files.*"}, False),
    (Tools(["files.*"]), {"tool": ""}, False),
    (Tools(["files.*"]), {}, False),
    (Amount("USD", 4999), {"amount": ("USD", 4999)}, True),
    (Amount("USD", 4999), {"amount": ("USD", 0)}, True),
    (Amount("USD", 4999), {"amount": ("USD", 5000)}, False),
    (Amount("USD", 4999), {"amount": ("USD", -1)}, False),
    (Amount("USD", 4999), {"amount": ("EUR", 1)}, False),
    (Amount("USD", 4999), {"amount": ("usd", 1)}, False),
    (Amount("USD", 4999), {"amount": ("USD", True)}, False),
    (Amount("USD", 4999), {"amount": ("USD", False)}, False),
    (Amount("USD", 4999), {"amount": ("USD", 1.0)}, False),
    (Amount("USD", 4999), {"amount": ("USD", "1")}, False),
    (Amount("USD", 4999), {"amount": ("USD", None)}, False),
    (Amount("USD", 4999), {"amount": ("USD", 2**80)}, False),
    (Amount("USD", 0), {"amount": ("USD", 0)}, True),
    (Amount("USD", 4999), {}, False),
    (Http(["GET"], ["/a/*"]), {"method": "GET", "path": "/a/b"}, True),
    (Http(["GET"], ["/a/*"]), {"method": "GET", "path": "/a/b?c=../d"}, True),
    (Http(["GET", "PUT"], ["/x", "/a/*"]), {"method": "PUT", "path": "/a/b/c"}, True),
    (Http(["GET"], ["/a/*"]), {"method": "POST", "path": "/a/b"}, False),
    (Http(["GET"], ["/a/*"]), {"method": "get", "path": "/a/b"}, False),
    (Http(["*"], ["/a/*"]), {"method": "GET", "path": "/a/b"}, False),
    (Http(["GET"], ["/a/*"]), {"method": "GET", "path": "/ab"}, False),
    (Http(["GET"], ["/a/*"]), {"method": "GET", "path": "/a"}, False),
    (Http(["GET"], ["/a/*"]), {"method": "GET", "path": "/a/../b"}, False),
    (Http(["GET"], ["/*"]), {"method": "GET", "path": "/a/%2e%2e/b"}, False),
    (Http(["GET"], ["/a/*"]), {"method": "GET"}, False),
    (Http(["GET"], ["/a/*"]), {"path": "/a/b"}, False),
    (Http(["GET"], ["/a/*"]), {"method": "GET", "path": ""}, False),
    (Resource(["b/x"]), {"resource": "b/x"}, True),
    (Resource(["b/*"]), {"resource": "b/x/y"}, True),
    (Resource(["b/*"]), {"resource": "b"}, False),
    (Resource(["b/*"]), {"resource": "bc/x"}, False),
    (Resource(["b/*"]), {"resource": "/b/x"}, False),
    (Resource(["b/*"]), {"resource": "b/../c"}, False),
    (Resource(["b/*"]), {}, False),
    (Delegate("agent"), {}, True),
    (MaxDepth(0), {}, True),
    (Budget("calls", 1, 60), {}, True),
    (Budget("calls", 0, 60), {}, False),
    (Budget("USD", 10, 60), {"amount": ("USD", 10)}, True),
    (Budget("USD", 10, 60), {"amount": ("USD", 11)}, False),
    (Budget("USD", 10, 60), {"amount": ("EUR", 1)}, False),
    (Budget("USD", 10, 60), {"amount": ("USD", -1)}, False),
    (Budget("USD", 10, 60), {"amount": ("USD", True)}, False),
    (Budget("USD", 10, 60), {"amount": ("USD", 1.0)}, False),
    (Budget("USD", 10, 60), {}, False),
    (BodyHash(HASH), {"body_hash": HASH}, True),
    (BodyHash(HASH), {"body_hash": OTHER}, False),
    (BodyHash(HASH), {"body_hash": HASH[:31]}, False),
    (BodyHash(HASH), {"body_hash": b""}, False),
    (BodyHash(HASH), {"binding": HASH}, False),
    (BodyHash(HASH), {}, False),
    (Binding(HASH), {"binding": HASH}, True),
    (Binding(HASH), {"binding": OTHER}, False),
    (Binding(HASH), {"binding": HASH[:31]}, False),
    (Binding(OTHER), {"binding": HASH}, False),
    (Binding(HASH), {"body_hash": HASH}, False),
    (Binding(HASH), {}, False),
    (Custom("yes", b""), {"custom": HANDLERS}, True),
    (Custom("payload", b"open"), {"custom": HANDLERS}, True),
    (Custom("payload", b"shut"), {"custom": HANDLERS}, False),
    (Custom("YES", b""), {"custom": HANDLERS}, False),
    *((Custom(name, b""), {"custom": HANDLERS}, False)
      for name in ("no", "none", "one", "text", "equal", "raises", "arity", "object", "absent")),
    (Custom("yes", b""), {"custom": {}}, False),
    (Custom("yes", b""), {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("caveat", "facts", "allowed"), ROWS)
def test_a_caveat_allows_exactly_what_its_rule_says(world, caveat, facts, allowed) -> None:
    access = Access(**{"now": NOW} | facts)
    text = attenuate(world.key(scopes=("*", "marzipan:*")), caveat).text
    verifier = world.verifier(spend=lambda debits, now: None)
    if allowed:
        assert verifier.verify(text, access)
        return
    with pytest.raises(TokenError) as caught:
        verifier.verify(text, access)
    if isinstance(caught.value, TokenExpired):
        assert isinstance(caveat, Window) and caught.value.at == caveat.expires_at
    else:
        assert type(caught.value) is CaveatUnmet
        assert caught.value.caveat == type(caveat).__name__
        assert caught.value.reason
    assert (caught.value.block, caught.value.index) == (0, 0)


@pytest.mark.parametrize("now", [float("nan"), float("inf"), 1.5, float(NOW), "1", None])
def test_no_access_happens_at_a_time_that_is_no_whole_second(now) -> None:
    with pytest.raises(TypeError, match="whole Unix seconds"):
        Access(now=now)


def test_leeway_helps_not_before_and_never_expiry(world) -> None:
    text = attenuate(world.key(), Window(NOW, NOW + 10)).text
    for leeway in (0, 5, 3600):
        verifier = world.verifier(leeway=leeway)
        assert verifier.verify(text, Access(now=NOW - leeway))
        with pytest.raises(CaveatUnmet, match="not before"):
            verifier.verify(text, Access(now=NOW - leeway - 1))
        with pytest.raises(TokenExpired):
            verifier.verify(text, Access(now=NOW + 10))


@pytest.mark.parametrize(("depth", "following", "allowed"), [
    (0, 0, True), (0, 1, False), (1, 1, True), (1, 2, False), (3, 3, True), (3, 4, False),
])  # fmt: skip
def test_max_depth_counts_the_blocks_that_follow(world, depth, following, allowed) -> None:
    text = attenuate(world.key(), Delegate("before"), MaxDepth(depth)).text
    for number in range(following):
        text = attenuate(text, Delegate(f"after-{number}")).text
    if allowed:
        assert world.verifier().verify(text, Access(now=NOW))
    else:
        with pytest.raises(CaveatUnmet) as caught:
            world.verifier().verify(text, Access(now=NOW))
        assert (caught.value.block, caught.value.index, caught.value.caveat) == (0, 1, "MaxDepth")


def test_a_caveat_stands_in_the_last_block_and_has_no_leeway_unless_said() -> None:
    assert MaxDepth(0).prohibits(Access(now=NOW), Place()) is None
    assert Place() == Place(0, 0) == Place(following=0, leeway=0)
    assert Window(NOW, EXPIRY).prohibits(Access(now=NOW - 1), Place())
    assert Window(NOW, EXPIRY).prohibits(Access(now=NOW), Place()) is None
    with pytest.raises(AttributeError):
        Place().leeway = 1


def test_a_handler_sees_the_payload_and_its_failure_is_not_shown(world) -> None:
    seen = []
    text = attenuate(world.key(), Custom("look", b"\x00\xffpayload")).text
    access = Access(now=NOW, custom={"look": lambda payload: seen.append(payload) or True})
    assert world.verifier().verify(text, access)
    assert seen == [b"\x00\xffpayload"]
    text = attenuate(world.key(), Custom("raises", b"")).text
    with pytest.raises(CaveatUnmet, match="failed with RuntimeError") as caught:
        world.verifier().verify(text, Access(now=NOW, custom=HANDLERS))
    assert "canary" not in str(caught.value)


def test_a_handler_that_stops_the_program_is_not_taken_for_a_refusal(world) -> None:
    def stop(payload: bytes) -> bool:
        raise KeyboardInterrupt

    text = attenuate(world.key(), Custom("stop", b"")).text
    with pytest.raises(KeyboardInterrupt):
        world.verifier().verify(text, Access(now=NOW, custom={"stop": stop}))


def test_every_refusal_names_what_was_required(world) -> None:
    for caveat, facts, allowed in ROWS:
        if not allowed:
            reason = caveat.prohibits(Access(**{"now": NOW} | facts), Place())
            assert reason is not None and len(reason) > 10


@pytest.mark.parametrize("caveat", [
    Window(0, 2**63), Window(-1, 0), Window(True, 5), Window(0.0, 5), Window("0", 5),
    Audience([]), Audience("a"), Audience([""]), Audience([1]), Audience(None),
    Audience(["a" * 257]),
    Scopes([]), Scopes(["a*"]), Scopes(["a:*:b"]), Scopes(["é" * 129]),
    Network([]), Network(["10.0.0.0/8"]), Network([b"\x0a\0\0\1\x08"]), Network([b""]),
    Tools(["*"]), Tools(["a*"]), Tools(["a.*.b"]), Tools([".*.*"]), Tools(["**"]),
    Amount("USD", True), Amount("USD", 49.99), Amount("USD", -1), Amount("USD", 2**64),
    Amount("", 1),
    Http(["GET"], []), Http([], ["/a"]), Http(["GET"], ["/a*"]), Http(["GET"], ["/a?b"]),
    Resource(["a//b"]), Resource(["*/b"]), Delegate(""), Delegate(b"a"), Delegate("\ud800"),
    MaxDepth(True), MaxDepth(-1), Budget("calls", 1, 0), Budget("calls", -1, 1), Budget("", 1, 1),
    BodyHash(b"h" * 31), BodyHash("h" * 32), Binding(b"h" * 33), Custom("n", "text"),
    Custom("", b""),
    Caveat(), [10, 0, 0], [99], "text", None, {}, object(),
])  # fmt: skip
def test_no_caveat_that_every_verifier_would_refuse_can_be_appended(world, caveat) -> None:
    with pytest.raises(ValueError):
        attenuate(world.key(), Delegate("fine"), caveat)


def test_a_bare_caveat_restricts_nothing_and_says_so() -> None:
    assert Caveat().fault() is None
    with pytest.raises(TypeError):
        Caveat().prohibits(Access(now=NOW), Place())


def test_tags_are_the_stable_ones() -> None:
    tags = {
        Window: 1, Audience: 2, Scopes: 3, Network: 4, Tools: 5, Amount: 6, Http: 7, Resource: 8,
        Delegate: 9, MaxDepth: 10, Budget: 11, BodyHash: 12, Binding: 13, Custom: 64,
    }  # fmt: skip
    assert {one: one.__struct_config__.tag for one in tags} == tags
    for one in tags:
        config = one.__struct_config__
        assert config.array_like and config.frozen and config.forbid_unknown_fields
        assert not any(default is not msgspec.NODEFAULT for default in one.__struct_defaults__)
