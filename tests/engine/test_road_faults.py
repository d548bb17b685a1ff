"""Faults that the compiled road once had, each under the test that found it."""

import sys

import pytest

from engine import (
    Access,
    CaveatUnmet,
    Grant,
    KeyRecord,
    NoDenylist,
    Prefixes,
    RootKey,
    TenantKeys,
    TokenError,
    Verifier,
    attenuate,
)
from engine.caveats import Resource, Scopes, Window
from tests.engine.world import NOW

LAST = 2**63 - 1


class Text(str):
    """A str, but not exactly one."""

    __slots__ = ()


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests are about the compiled road alone."""
    return "compiled"


def answer(call, *arguments):
    """A verdict that can be compared: the grant's fields, or the class and text of the refusal."""
    try:
        return repr(call(*arguments))
    except Exception as error:
        return type(error), str(error)


def test_a_negative_leeway_lets_no_window_pass_the_end_of_the_integers(world) -> None:
    late = attenuate(world.grant(expires_at=LAST), Window(LAST, LAST)).text
    for leeway in (-1, -(2**63)):
        with pytest.raises(TokenError):
            world.verifier(leeway=leeway).verify(late, Access(now=NOW))


def test_a_negative_leeway_lets_no_grant_of_the_far_future_pass(world) -> None:
    late = world.forge(world.head(issued_at=LAST, expires_at=LAST))
    with pytest.raises(CaveatUnmet, match="not before"):
        world.verifier(leeway=-1).verify(late, Access(now=NOW))


@pytest.mark.parametrize("length", [33, 64, 129, 200, 255])
@pytest.mark.parametrize("address", [bytes(4), bytes(16)], ids=["v4", "v6"])
def test_a_records_network_longer_than_its_address_is_not_read_past(world, address, length) -> None:
    network = address + bytes([length])
    client = "0.0.0.0" if len(address) == 4 else "::"
    verifier, access = world.verifier(), Access(now=NOW, client_ip=client)
    text = world.key(networks=(network,))
    assert answer(verifier.verify, text, access) == answer(verifier.decide, text, access)


@pytest.mark.parametrize("secret", [bytearray(32), "k" * 32, memoryview(bytes(32)), [0] * 32])
def test_a_root_key_that_is_not_bytes_is_not_read_as_bytes(secret) -> None:
    with pytest.raises(ValueError, match="a root key is 32 bytes"):
        Verifier(TenantKeys("default", 0, 1, {1: RootKey(secret)}), denylist=NoDenylist())


@pytest.mark.parametrize("count", [0, 3, 5, 400])
def test_no_other_number_of_prefixes_is_read_than_there_is_room_for(world, count) -> None:
    class Many(Prefixes, frozen=True):
        def __iter__(self):
            return iter([f"p{number}" for number in range(count)])

    with pytest.raises(ValueError, match="four prefixes"):
        world.verifier(prefixes=Many())


@pytest.mark.parametrize("field", Access.__struct_fields__)
def test_an_access_with_a_field_deleted_is_not_followed_to_nowhere(world, field) -> None:
    access = Access(now=NOW)
    getattr(Access, field).__delete__(access)
    verifier, text = world.verifier(), world.grant(cidrs=[bytes(5)], scopes=["a"])
    assert answer(verifier.verify, text, access) == answer(verifier.decide, text, access)


def test_a_record_that_was_only_half_made_is_not_followed_to_nowhere(world) -> None:
    text = world.key()
    key_id, whole = next(reversed(world.records.items()))
    half = KeyRecord.__new__(KeyRecord)
    with pytest.raises(TypeError):
        half.__init__(whole.master_id, whole.issued_at, whole.expires_at, scopes=5)
    for record in (half, KeyRecord.__new__(KeyRecord)):
        verifier, access = world.verifier(records={key_id: record}), Access(now=NOW)
        assert answer(verifier.verify, text, access) == answer(verifier.decide, text, access)


def test_a_grant_that_verify_did_not_make_has_no_bytes_to_read() -> None:
    with pytest.raises(TypeError, match="only the engine makes a Grant"):
        _ = Grant.__new__(Grant).tenant


def test_scopes_of_a_record_that_are_not_exactly_text_read_as_the_readable_road_reads(
    world,
) -> None:
    text = attenuate(world.key(scopes=(Text("a:*"), "b")), Scopes(["a:b"])).text
    verifier, access = world.verifier(), Access(now=NOW)
    assert verifier.verify(text, access).scopes == verifier.decide(text, access).scopes == ("a:b",)


@pytest.mark.parametrize("escape", ["%zz", "%g0", "%0g", "%-1", "%", "%1"])
def test_an_escape_of_no_hexadecimal_digits_is_no_path(world, escape) -> None:
    text = attenuate(world.grant(), Resource(["*"])).text
    with pytest.raises(CaveatUnmet, match="more than one reading"):
        world.verifier().verify(text, Access(now=NOW, resource=f"a{escape}"))


def test_the_compiled_road_keeps_and_loses_no_reference(world) -> None:
    key, grant = world.key(scopes=("a:*", "b")), world.grant(cidrs=[bytes(5)], audiences=["x"])
    access = Access(
        now=NOW, client_ip="10.0.0.1", method="GET", path="/é", scopes=("a:b",), tool="t",
        resource="r", amount=("USD", 10**6), audience="x", body_hash=bytes(32), binding=bytes(32),
    )  # fmt: skip
    record = next(reversed(world.records.values()))
    texts = [key, grant, attenuate(key, Scopes(["a:b"])).text, grant[:-1], key.swapcase()]
    texts.append(world.keys.mint_key(now=NOW).text)
    held = [key, grant, access, record, record.scopes, None, True, Ellipsis, access.path, ""]
    held += [getattr(access, field) for field in Access.__struct_fields__]
    verifier = world.verifier()
    for text in texts:  # once, so that whatever is made once has been
        answer(verifier.verify, text, access)
    before = [sys.getrefcount(one) for one in held]
    for _ in range(500):
        for text in texts:
            answer(verifier.verify, text, access)
    assert max(abs(sys.getrefcount(o) - b) for o, b in zip(held, before, strict=True)) < 100
