"""Macaroons as text: base64url without padding around a binary form, or JSON as it is.

Which form it is shows by itself: `{` begins JSON, and inside the base64 the byte 2 begins V2 and a
hexadecimal digit V1. Padding, the other base64 alphabet, stray bits and white space are refused,
so that a macaroon in a binary form has one spelling as text. What a system puts before its
macaroons, such as "pypi-", is for the caller to cut off.
"""

from typing import Literal, get_args

from engine.errors import MalformedToken

from . import base64url, limits, strict, strict_json, v1, v1_json, v2, v2_json
from .macaroon import Macaroon

Form = Literal["v1", "v2", "v2_json"]


def decode_text(text: str) -> Macaroon:
    """The macaroon, in whichever form it is. Raises MalformedToken."""
    if len(text) > limits.ENCODED or not text:
        raise MalformedToken(f"the text of a macaroon has 1 to {limits.ENCODED} characters")
    try:
        return _decode_json(text.encode()) if text[0] == "{" else _decode(base64url.decode(text))
    except UnicodeError:
        raise MalformedToken("a text of the macaroon is not UTF-8") from None
    except ValueError as error:
        raise MalformedToken(str(error)) from None


def encode_text(macaroon: Macaroon, form: Form = "v2") -> str:
    """The macaroon in one form. Raises ValueError where it would be too long."""
    if form not in get_args(Form):
        raise ValueError(f"the forms of a macaroon are {', '.join(get_args(Form))}, not {form!r}")
    if form == "v2_json":
        return v2_json.encode(macaroon).decode()
    text = base64url.encode(v1.encode(macaroon) if form == "v1" else v2.encode(macaroon))
    strict.fitting(text.encode())
    return text


def _decode(data: bytes) -> Macaroon:
    return v2.decode(data) if data[:1] == b"\x02" else v1.decode(data)


def _decode_json(data: bytes) -> Macaroon:
    members = strict_json.parse(data)
    version_1 = isinstance(members, dict) and "signature" in members
    return v1_json.decode(data) if version_1 else v2_json.decode(data)
