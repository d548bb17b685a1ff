"""Text: one spelling, and its form shows by itself."""

import pytest

from engine.errors import MalformedToken
from engine.formats.macaroons import Macaroon, base64url, limits, v2
from engine.formats.macaroons.text import decode_text, encode_text

SIGNATURE = bytes(range(32))


def test_text_has_one_spelling() -> None:
    for form in ("v1", "v2"):
        made = Macaroon(b"", b"\xfb\xff\xfe", (), b"\xfb\xff" * 16)
        text = encode_text(made, form)
        assert decode_text(text) == made
        standard = text.replace("-", "+").replace("_", "/")
        assert standard != text
        stray = text[:-1] + chr(ord(text[-1]) + 1)
        for other in (standard, text + "=", text + "==", text + "\n", " " + text, stray):
            with pytest.raises(MalformedToken):
                decode_text(other)
        for length in range(len(text)):
            with pytest.raises(MalformedToken):
                decode_text(text[:length])


@pytest.mark.parametrize(
    "text", ["", "A", "AA", "\u00e9" * 4, "\ud800", "{\ud800}", "{", "{}", "e30"]
)
def test_text_that_holds_no_macaroon_is_refused(text) -> None:
    with pytest.raises(MalformedToken):
        decode_text(text)


def test_text_is_as_long_as_the_limit_and_not_a_character_longer() -> None:
    short = Macaroon(b"", b"i" * 49000, (), SIGNATURE)
    fill = limits.ENCODED * 3 // 4 - len(v2.encode(short))
    longest = Macaroon(b"", b"i" * (49000 + fill), (), SIGNATURE)
    text = encode_text(longest)
    assert limits.ENCODED - 4 < len(text) <= limits.ENCODED and decode_text(text) == longest
    longer = Macaroon(b"", longest.identifier + b"iii", (), SIGNATURE)
    with pytest.raises(ValueError):
        encode_text(longer)
    for other in (base64url.encode(v2.encode(longer)), "{" + " " * limits.ENCODED):
        with pytest.raises(MalformedToken, match="65535 characters"):
            decode_text(other)
