"""Base64 as macaroons use it. What is not the exact spelling of some bytes raises ValueError."""

import binascii
import re

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_BODY = re.compile(r"[A-Za-z0-9_-]*")


def encode(data: bytes) -> str:
    """The URL-safe alphabet without padding."""
    padded = binascii.b2a_base64(data, newline=False)
    return padded.rstrip(b"=").translate(_TO_URL).decode()


def decode(text: str) -> bytes:
    """Only what `encode` makes: no padding, no other alphabet, no stray bits."""
    if not _BODY.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("it is not base64url without padding")
    padded = text.encode().translate(_FROM_URL) + b"=" * (-len(text) % 4)
    data = binascii.a2b_base64(padded)
    if binascii.b2a_base64(data, newline=False) != padded:
        raise ValueError("it is not base64url with clear trailing bits")
    return data


def decode_either(text: str) -> bytes:
    """Either alphabet but not both, and padding that is right or absent: what JSON readers meet."""
    body = text.rstrip("=")
    if body != text and len(text) - len(body) != -len(body) % 4:
        raise ValueError("it is base64 with the wrong padding")
    if "-" not in body and "_" not in body:
        body = body.replace("+", "-").replace("/", "_")
    return decode(body)
