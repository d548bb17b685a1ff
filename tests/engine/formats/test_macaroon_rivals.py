"""pymacaroons as the oracle, in both directions; and where it is wrong, how we differ."""

import json

import pymacaroons
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymacaroons.exceptions import MacaroonInvalidSignatureException
from pymacaroons.macaroon import MACAROON_V1, MACAROON_V2
from pymacaroons.serializers import JsonSerializer

from engine import Access
from engine.errors import BadTail, CaveatUnmet, MalformedToken, UnusedDischarge
from engine.formats.macaroons import Caveat, Macaroon, Verifier, authentic, v1, v2, v2_json
from engine.formats.macaroons.mint import add_third_party, attenuate, bind, mint
from engine.formats.macaroons.text import decode_text, encode_text

ACCESS = Access(now=0)
FORMS = ("v1", "v2", "v2_json")
keys = st.binary(min_size=1, max_size=100)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
ascii_words = st.text(st.characters(codec="ascii"), min_size=1, max_size=40)
chains = st.lists(words, max_size=5)
more = settings(max_examples=60, deadline=None)


def theirs(form: str, text: str) -> pymacaroons.Macaroon:
    """Our text as they read it."""
    serializer = JsonSerializer() if form == "v2_json" else None
    return pymacaroons.Macaroon.deserialize(text, serializer)


def ours(form: str, macaroon: pymacaroons.Macaroon) -> Macaroon:
    """Their text as we read it; their JSON leaves away the version that we ask for."""
    if form != "v2_json":
        return decode_text(macaroon.serialize())
    members = json.loads(macaroon.serialize(JsonSerializer()))
    return decode_text(json.dumps({**{"v": 2}, **members}))


def their_mint(form: str, key: bytes, identifier: str, location: str) -> pymacaroons.Macaroon:
    version = MACAROON_V1 if form == "v1" else MACAROON_V2
    return pymacaroons.Macaroon(location, identifier, key, version=version)


def their_verifier(*exact: str) -> pymacaroons.Verifier:
    verifier = pymacaroons.Verifier()
    for one in exact:
        verifier.satisfy_exact(one)
    return verifier


def our_verifier(*exact: str) -> Verifier:
    return Verifier(exact=[one.encode() for one in exact])


@pytest.mark.parametrize("form", FORMS)
@more
@given(key=keys, identifier=ascii_words, location=st.just("") | ascii_words, caveats=chains)
def test_what_we_mint_they_verify(form, key, identifier, location, caveats) -> None:
    made = mint(key, identifier.encode(), location.encode())
    for caveat in caveats:
        made = attenuate(made, caveat.encode())
    read = theirs(form, encode_text(made, form))
    assert their_verifier(*caveats).verify(read, key)
    assert read.location == location and read.identifier_bytes == identifier.encode()
    if caveats:
        with pytest.raises(MacaroonInvalidSignatureException):
            their_verifier(*set(caveats[1:]) - {caveats[0]}).verify(read, key)


@pytest.mark.parametrize("form", FORMS)
@more
@given(key=keys, identifier=ascii_words, location=st.just("") | ascii_words, caveats=chains)
def test_what_they_mint_we_verify(form, key, identifier, location, caveats) -> None:
    made = their_mint(form, key, identifier, location)
    for caveat in caveats:
        made.add_first_party_caveat(caveat)
    read = ours(form, made)
    assert read.location == location.encode() and read.identifier == identifier.encode()
    cleared = our_verifier(*caveats).verify(read, key, ACCESS)
    assert [one.cid.decode() for one in cleared] == caveats
    assert read.signature.hex() == made.signature
    for codec in (v1, v2, v2_json):
        assert codec.decode(codec.encode(read)) == read


def test_pymacaroons_counts_characters_in_v1_where_the_length_is_in_bytes() -> None:
    their = their_mint("v1", b"key", "cl\u00e9", "")
    with pytest.raises(MalformedToken):
        decode_text(their.serialize())
    made = mint(b"key", "cl\u00e9".encode())
    assert their_verifier().verify(theirs("v1", encode_text(made, "v1")), b"key")


@more
@given(key=keys, identifier=st.binary(max_size=40) | words.map(str.encode))
def test_identifiers_that_are_not_text_agree_in_v2(key, identifier) -> None:
    made = mint(key, identifier)
    assert their_verifier().verify(theirs("v2", encode_text(made)), key)
    their = pymacaroons.Macaroon(identifier=identifier, key=key, version=MACAROON_V2)
    assert decode_text(their.serialize()) == made


@pytest.mark.parametrize("form", FORMS)
@more
@given(
    key=keys,
    shared=keys,
    location=ascii_words,
    ticket=ascii_words,
    conditions=chains,
    nonce=st.binary(min_size=24, max_size=24),
)
def test_third_party_caveats_and_bound_discharges_agree_both_ways(
    form, key, shared, location, ticket, conditions, nonce
) -> None:
    root = attenuate(mint(key, b"root", b"here"), b"first")
    root = add_third_party(
        root, location=location.encode(), key=shared, identifier=ticket.encode(), nonce=nonce
    )
    root = attenuate(root, b"last")
    discharge = mint(shared, ticket.encode(), location.encode())
    for one in conditions:
        discharge = attenuate(discharge, one.encode())

    their_root = their_mint(form, key, "root", "here")
    their_root.add_first_party_caveat("first")
    their_root.add_third_party_caveat(location, shared, ticket, nonce=nonce)
    their_root.add_first_party_caveat("last")
    their_discharge = their_mint(form, shared, ticket, location)
    for one in conditions:
        their_discharge.add_first_party_caveat(one)
    assert ours(form, their_root) == root
    assert ours(form, their_discharge) == discharge
    their_bound = their_root.prepare_for_request(their_discharge)
    assert ours(form, their_bound) == bind(root, discharge)

    exact = {"first", "last", *conditions}
    our_verifier(*exact).verify(ours(form, their_root), key, ACCESS, [ours(form, their_bound)])
    read, read_bound = (
        theirs(form, encode_text(one, form)) for one in (root, bind(root, discharge))
    )
    assert their_verifier(*exact).verify(read, key, [read_bound])
    with pytest.raises(MacaroonInvalidSignatureException):
        their_verifier(*exact).verify(read, key, [theirs(form, encode_text(discharge, form))])
    with pytest.raises(BadTail):
        our_verifier(*exact).verify(root, key, ACCESS, [discharge])


def test_an_unsigned_unmet_caveat_that_pymacaroons_passes_over_is_refused() -> None:
    """The chain covers what is shown: whoever lists caveats must be able to believe the list."""
    made = attenuate(mint(b"key", b"id"), b"user = alice")
    inserted = Caveat(b"time < 2015-01-01T00:00")
    for caveats in ((*made.caveats, inserted), (inserted, *made.caveats), (inserted,) * 9):
        shown = Macaroon(made.location, made.identifier, caveats, made.signature)
        if made.caveats[0] not in caveats:
            shown = Macaroon(b"", b"id", caveats, mint(b"key", b"id").signature)
        read = theirs("v2", encode_text(shown))
        assert their_verifier("user = alice").verify(read, "key") is True
        with pytest.raises(BadTail):
            our_verifier("user = alice").verify(shown, b"key", ACCESS)


def test_answers_that_cancel_out_for_pymacaroons_are_never_added_up() -> None:
    made = attenuate(mint(b"key", b"id"), b"user = alice")
    verifier = their_verifier("user = alice")
    verifier.satisfy_general(lambda predicate: -1)
    with pytest.raises(MacaroonInvalidSignatureException):
        verifier.verify(theirs("v2", encode_text(made)), "key")
    verifier = their_verifier()
    verifier.satisfy_general(lambda predicate: 7)
    assert verifier.verify(theirs("v2", encode_text(made)), "key") is True
    with pytest.raises(CaveatUnmet):
        Verifier(prefixes={b"user = ": lambda who, access: 7}).verify(made, b"key", ACCESS)


def test_pymacaroons_takes_trailing_bytes_and_long_varints_and_we_do_not() -> None:
    data = v2.encode(attenuate(mint(b"key", b"id"), b"c"))
    stretched = data.replace(b"\x02\x02id", b"\x02\x82\x00id")
    for other in (data + b"more", stretched):
        read = pymacaroons.serializers.BinarySerializer().deserialize_raw(other)
        assert their_verifier("c").verify(read, "key") is True
        with pytest.raises(MalformedToken):
            v2.decode(other)


def test_pymacaroons_writes_an_empty_location_which_we_read_and_do_not_write() -> None:
    their = their_mint("v2", b"key", "id", "")
    data = pymacaroons.serializers.BinarySerializer().serialize_raw(their)
    assert data.startswith(b"\x02\x01\x00\x02\x02id")
    read = v2.decode(data)
    assert read == mint(b"key", b"id") and v2.encode(read).startswith(b"\x02\x02\x02id")
    their.add_third_party_caveat("", "shared", "ticket")
    data = pymacaroons.serializers.BinarySerializer().serialize_raw(their)
    assert b"\x01\x00\x02\x06ticket" in data
    assert v2.decode(data).caveats[0].location == b""


def test_pymacaroons_writes_json_without_a_version_which_we_refuse() -> None:
    text = their_mint("v2", b"key", "id", "here").serialize(JsonSerializer())
    assert "v" not in json.loads(text)
    with pytest.raises(MalformedToken):
        v2_json.decode(text.encode())


def test_pymacaroons_destroys_v1_third_party_caveats_with_an_empty_location() -> None:
    their = their_mint("v1", b"key", "id", "")
    their.add_third_party_caveat("", "shared", "ticket")
    read = ours("v1", their)
    assert read.caveats == (Caveat(b"ticket"),)
    with pytest.raises(BadTail):
        our_verifier("ticket").verify(read, b"key", ACCESS)
    made = add_third_party(mint(b"key", b"id"), location=b"", key=b"shared", identifier=b"ticket")
    assert v1.decode(v1.encode(made)) == made
    discharge = bind(made, mint(b"shared", b"ticket"))
    assert theirs("v1", encode_text(made, "v1")).caveats[0].verification_key_id
    our_verifier().verify(v1.decode(v1.encode(made)), b"key", ACCESS, [discharge])


def test_a_missing_discharge_is_a_type_error_for_pymacaroons_and_denies_here() -> None:
    made = add_third_party(mint(b"key", b"id"), location=b"x", key=b"shared", identifier=b"t")
    with pytest.raises(TypeError):
        their_verifier().verify(theirs("v2", encode_text(made)), "key")
    with pytest.raises(CaveatUnmet) as caught:
        our_verifier().verify(made, b"key", ACCESS)
    assert (caught.value.caveat, caught.value.index, caught.value.block) == ("ThirdParty", 0, 0)


def test_pymacaroons_lets_a_discharge_serve_twice_and_ignores_what_nobody_needs() -> None:
    made = mint(b"key", b"id")
    for _ in range(2):
        made = add_third_party(made, location=b"x", key=b"shared", identifier=b"t")
    discharge, surplus = bind(made, mint(b"shared", b"t")), bind(made, mint(b"shared", b"u"))
    read, *sent = (theirs("v2", encode_text(one)) for one in (made, discharge, surplus))
    assert their_verifier().verify(read, "key", sent) is True
    with pytest.raises(CaveatUnmet):
        authentic.authenticate(made, b"key", [discharge])
    once = add_third_party(mint(b"key", b"id"), location=b"x", key=b"shared", identifier=b"t")
    sent = [bind(once, mint(b"shared", name)) for name in (b"t", b"u")]
    with pytest.raises(UnusedDischarge):
        authentic.authenticate(once, b"key", sent)
