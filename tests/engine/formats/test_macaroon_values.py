"""The values themselves: one spelling of each, nothing of a wrong type, no signature shown."""

import base64
import traceback

import pytest

from engine.errors import CaveatUnmet, TokenError
from engine.formats.macaroons import Caveat, Macaroon, Verifier, chain
from engine.formats.macaroons.mint import add_third_party, attenuate, bind, mint
from engine.formats.macaroons.text import decode_text, encode_text
from engine.formats.macaroons.verify import authenticate

KEY = b"CANARY of a root key, of any length at all"
VID = bytes(72)


@pytest.mark.parametrize(
    "fields",
    [
        ("text",),
        (None,),
        (bytearray(b"x"),),
        (b"x", None, b"location"),
        (b"x", None, b""),
        (b"x", VID),
        (b"x", VID, "text"),
        (b"x", VID[1:], b""),
        (b"x", VID + b"0", b""),
        (b"x", b"", b""),
        (b"x", "0" * 72, b""),
    ],
)
def test_a_caveat_that_no_form_could_hold_cannot_be_made(fields) -> None:
    with pytest.raises(ValueError):
        Caveat(*fields)


@pytest.mark.parametrize(
    "fields",
    [
        ("text", b"", (), bytes(32)),
        (b"", "text", (), bytes(32)),
        (b"", None, (), bytes(32)),
        (b"", b"", [], bytes(32)),
        (b"", b"", (b"x",), bytes(32)),
        (b"", b"", (), bytes(31)),
        (b"", b"", (), bytes(33)),
        (b"", b"", (), b""),
        (b"", b"", (), "0" * 32),
    ],
)
def test_a_macaroon_that_no_form_could_hold_cannot_be_made(fields) -> None:
    with pytest.raises(ValueError):
        Macaroon(*fields)


def test_values_are_frozen() -> None:
    made = mint(KEY, b"id")
    with pytest.raises(AttributeError):
        made.signature = bytes(32)  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Caveat(b"x").cid = b""  # type: ignore[misc]


def test_appending_leaves_the_macaroon_it_began_with_alone() -> None:
    made = mint(KEY, b"id", b"here")
    narrowed = attenuate(made, b"x")
    assert made == mint(KEY, b"id", b"here") and made.caveats == ()
    assert (narrowed.location, narrowed.identifier) == (b"here", b"id")


@pytest.mark.parametrize("key", [b"", None, "text", bytearray(b"x")])
def test_a_key_that_was_forgotten_is_no_key(key) -> None:
    for derive in (True, False):
        with pytest.raises(ValueError):
            mint(key, b"id", derive=derive)
        with pytest.raises(ValueError):
            authenticate(mint(KEY, b"id"), key, derive=derive)
    with pytest.raises(ValueError):
        add_third_party(mint(KEY, b"id"), location=b"", key=key, identifier=b"x")


@pytest.mark.parametrize("cid", [None, b"", "text"])
def test_appending_nothing_is_an_error_and_not_an_unrestricted_macaroon(cid) -> None:
    with pytest.raises(ValueError):
        attenuate(mint(KEY, b"id"), cid)


@pytest.mark.parametrize("identifier", [None, "text"])
def test_minting_takes_identifiers_in_bytes_alone(identifier) -> None:
    with pytest.raises(ValueError):
        mint(KEY, identifier)


def test_keys_of_any_length_are_derived_to_the_padded_label_of_libmacaroons() -> None:
    padded = b"macaroons-key-generator".ljust(32, b"\0")
    for key in (b"k", KEY, KEY * 9):
        assert chain.root_key(key) == chain._mac(padded, key)
        assert chain.root_key(key, derive=False) == key
        assert mint(key, b"id") == mint(chain.root_key(key), b"id", derive=False)


def spellings(secret: bytes) -> set[str]:
    padded = base64.b64encode(secret).decode().rstrip("=")
    urlsafe = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    return {secret.hex(), secret.hex().upper(), repr(secret)[2:-1], padded, urlsafe}


def test_no_repr_and_no_error_shows_a_key_a_signature_or_a_vid() -> None:
    root = attenuate(mint(KEY, b"id", b"here"), b"first")
    root = add_third_party(root, location=b"there", key=KEY[::-1], identifier=b"ticket")
    discharge = attenuate(mint(KEY[::-1], b"ticket"), b"second")
    bound = bind(root, discharge)
    caveat = root.caveats[1]
    shown = [repr(one) for one in (root, discharge, bound, *root.caveats, Verifier())]
    shown += [str(root), f"{(root, [bound])}", repr(authenticate(root, KEY, [bound]))]
    for sent in ([], [discharge], [bound, bound], [root]):
        for key in (KEY, b"x" * 32):
            try:
                authenticate(root, key, sent)
            except TokenError as error:
                shown += [repr(error), str(error), *traceback.format_exception(error)]
    with pytest.raises(CaveatUnmet) as caught:
        Verifier().verify(attenuate(mint(KEY, b"id"), b"x"), KEY, access=None)
    shown.append(repr(caught.value))
    text = encode_text(root)
    for broken in (text[:-1], text + "A", text[:50], text.swapcase(), "{" + text, text + "="):
        with pytest.raises(TokenError) as malformed:
            decode_text(broken)
        shown += [str(malformed.value), repr(malformed.value), repr(malformed.value.args)]
    assert "here" in shown[0] and "first" in shown[0]
    secrets = [KEY, KEY[::-1], chain.root_key(KEY), caveat.vid, chain.root_key(KEY[::-1])]
    secrets += [one.signature for one in (root, discharge, bound)]
    secrets += chain.tags(chain.root_key(KEY), root)
    for secret in secrets:
        for spelling in spellings(secret):
            assert not any(spelling in one for one in shown)
