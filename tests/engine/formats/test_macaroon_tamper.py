"""Every byte of a macaroon but its locations is under the chain: break one thing, expect no."""

import itertools

import pytest

from engine.errors import BadTail, CaveatUnmet, MalformedToken, TokenError, UnusedDischarge
from engine.formats.macaroons import Caveat, Macaroon, v1, v2, v2_json
from engine.formats.macaroons.mint import add_third_party, attenuate, bind, mint
from engine.formats.macaroons.verify import authenticate

KEY = b"root key"
ROOT = attenuate(attenuate(mint(KEY, b"identifier"), b"account = 1"), b"user = alice")
ROOT = add_third_party(ROOT, location=b"", key=b"shared", identifier=b"ticket", nonce=bytes(24))
ROOT = attenuate(ROOT, b"time < 5")
DISCHARGE = bind(ROOT, attenuate(mint(b"shared", b"ticket"), b"time < 4"))


def with_caveats(*caveats: Caveat, macaroon: Macaroon = ROOT) -> Macaroon:
    return Macaroon(macaroon.location, macaroon.identifier, caveats, macaroon.signature)


def test_the_macaroon_that_these_tests_break_is_whole() -> None:
    assert len(authenticate(ROOT, KEY, [DISCHARGE])) == 4


@pytest.mark.parametrize("codec", [v1, v2, v2_json])
def test_every_bit_flipped_fails(codec) -> None:
    """Through the JSON too, where a flip may turn a member's name or the version."""
    data = codec.encode(ROOT)
    taken = 0
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            read = codec.decode(bytes(flipped))
        except MalformedToken:
            continue
        taken += 1
        with pytest.raises(TokenError):
            authenticate(read, KEY, [DISCHARGE])
    assert taken > 1000


@pytest.mark.parametrize("codec", [v1, v2, v2_json])
def test_every_bit_of_a_discharge_flipped_fails(codec) -> None:
    data = codec.encode(DISCHARGE)
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(TokenError):
            authenticate(ROOT, KEY, [codec.decode(bytes(flipped))])


@pytest.mark.parametrize("codec", [v1, v2, v2_json])
def test_every_truncation_and_every_added_byte_fails(codec) -> None:
    data = codec.encode(ROOT)
    for length in range(len(data)):
        with pytest.raises(MalformedToken):
            codec.decode(data[:length])
    for byte in range(256):
        if codec is v2_json and byte in b" \t\r\n":
            continue  # white space around JSON is no trailing data
        with pytest.raises(MalformedToken):
            codec.decode(data + bytes([byte]))


def test_caveats_in_any_other_order_fail() -> None:
    for caveats in itertools.permutations(ROOT.caveats):
        if caveats != ROOT.caveats:
            with pytest.raises(BadTail):
                authenticate(with_caveats(*caveats), KEY, [DISCHARGE])


def test_any_caveat_removed_fails() -> None:
    for count in range(len(ROOT.caveats)):
        for caveats in itertools.combinations(ROOT.caveats, count):
            with pytest.raises(BadTail):
                authenticate(with_caveats(*caveats), KEY, [DISCHARGE])


def test_a_caveat_added_repeated_or_inserted_without_the_chain_fails() -> None:
    for caveat in (Caveat(b"more"), Caveat(b""), *ROOT.caveats):
        for at in range(len(ROOT.caveats) + 1):
            caveats = (*ROOT.caveats[:at], caveat, *ROOT.caveats[at:])
            with pytest.raises(BadTail):
                authenticate(with_caveats(*caveats), KEY, [DISCHARGE])


def test_caveats_split_merged_or_spliced_from_another_macaroon_fail() -> None:
    one, two, third, last = ROOT.caveats
    other = attenuate(mint(KEY, b"identifier"), b"account = 2")
    for caveats in (
        (Caveat(one.cid + two.cid), third, last),
        (Caveat(one.cid[:4]), Caveat(one.cid[4:]), two, third, last),
        (Caveat(one.cid + b"u"), Caveat(two.cid[1:]), third, last),
        (other.caveats[0], two, third, last),
    ):
        with pytest.raises(BadTail):
            authenticate(with_caveats(*caveats), KEY, [DISCHARGE])
    with pytest.raises(BadTail):
        authenticate(with_caveats(*ROOT.caveats, macaroon=other), KEY, [DISCHARGE])


def test_a_third_party_caveat_without_its_vid_is_another_caveat() -> None:
    one, two, third, last = ROOT.caveats
    with pytest.raises(BadTail):
        authenticate(with_caveats(one, two, Caveat(third.cid), last), KEY)
    with pytest.raises(BadTail):
        moved = Caveat(one.cid, third.vid, b"")
        authenticate(with_caveats(moved, two, Caveat(third.cid), last), KEY, [DISCHARGE])


def test_the_identifier_the_key_and_its_derivation_are_under_the_chain() -> None:
    renamed = Macaroon(b"", b"identifies", ROOT.caveats, ROOT.signature)
    for macaroon, key, derive in (
        (renamed, KEY, True),
        (ROOT, b"root kez", True),
        (ROOT, KEY, False),
    ):
        with pytest.raises(BadTail):
            authenticate(macaroon, key, [DISCHARGE], derive=derive)


def test_locations_are_outside_the_chain() -> None:
    """A fact of the format, and why nothing here is ever decided by one."""
    one, two, third, last = ROOT.caveats
    moved = (one, two, Caveat(third.cid, third.vid, b"https://evil.example"), last)
    elsewhere = Macaroon(b"https://evil.example", ROOT.identifier, moved, ROOT.signature)
    assert authenticate(elsewhere, KEY, [DISCHARGE]) == authenticate(ROOT, KEY, [DISCHARGE])


def test_no_caveat_is_cleared_and_no_vid_opened_before_the_chain_matched(monkeypatch) -> None:
    def never(*_: object) -> bytes:
        raise AssertionError("it was opened")

    monkeypatch.setattr("engine.formats.macaroons.secretbox.unseal", never)
    with pytest.raises(BadTail):
        authenticate(with_caveats(*ROOT.caveats[1:]), KEY, [DISCHARGE])


def test_a_discharge_alone_or_a_second_root_authorises_nothing() -> None:
    with pytest.raises(BadTail):
        authenticate(DISCHARGE, KEY)
    with pytest.raises(BadTail):
        authenticate(DISCHARGE, b"shared")  # it is bound, and so good beside its root alone
    with pytest.raises(CaveatUnmet):
        authenticate(ROOT, KEY, [ROOT])
    with pytest.raises(UnusedDischarge):
        authenticate(mint(KEY, b"identifier"), KEY, [ROOT])
