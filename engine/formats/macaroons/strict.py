"""What all forms share: one limit on their size, and one error for whatever is wrong with them."""

import functools
from collections.abc import Callable

from engine.errors import MalformedToken

from . import limits
from .macaroon import Macaroon


def decoder(read: Callable[[bytes], Macaroon]) -> Callable[[bytes], Macaroon]:
    """A decoder that raises MalformedToken where `read` raises ValueError or data is too long."""

    @functools.wraps(read)
    def decode(data: bytes) -> Macaroon:
        if len(data) > limits.ENCODED:
            raise MalformedToken(f"the macaroon exceeds {limits.ENCODED} bytes")
        try:
            return read(data)
        except UnicodeError:  # a ValueError whose message quotes what it stumbled over
            raise MalformedToken("a text of the macaroon is not UTF-8") from None
        except ValueError as error:
            raise MalformedToken(str(error)) from None

    return decode


def fitting(data: bytes) -> bytes:
    """What an encoder made, if a decoder would take it. Raises ValueError where it is too long."""
    if len(data) > limits.ENCODED:
        raise ValueError(f"the macaroon would exceed {limits.ENCODED} bytes in this form")
    return data
