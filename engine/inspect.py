"""What a token says of itself, read without any key. Nothing here is verified."""

import msgspec

from . import block as blocks_
from . import envelope, header, text
from .caveats import AnyCaveat
from .errors import CaveatUnmet, MalformedToken
from .text import DEFAULT_PREFIXES, Prefixes


class UnverifiedBlock(msgspec.Struct, frozen=True):
    """One block as written; `problem` says why a verifier would refuse it, or None."""

    caveats: tuple[AnyCaveat | str, ...]
    problem: str | None = None


class TokenInfo(msgspec.Struct, frozen=True):
    """An unverified reading of a token: fit for display, never for a decision. `size` in bytes."""

    prefix: str
    sealed: bool
    size: int
    unverified_header: header.Header
    unverified_blocks: tuple[UnverifiedBlock, ...]


def _block(data: bytes, number: int) -> UnverifiedBlock:
    try:
        read = blocks_.decode(data, number)
    except MalformedToken as error:
        return UnverifiedBlock((), str(error))
    problems = [one for one in read if isinstance(one, CaveatUnmet)]
    caveats = tuple(one.caveat if isinstance(one, CaveatUnmet) else one for one in read)
    return UnverifiedBlock(caveats, str(problems[0]) if problems else None)


def inspect(token: str, *, prefixes: Prefixes = DEFAULT_PREFIXES) -> TokenInfo:
    """Read a token without verifying it. Raises MalformedToken."""
    prefix, data = text.decode(token, prefixes)
    head, blocks, _ = envelope.split(data)
    return TokenInfo(
        prefix,
        prefix == prefixes.sealed,
        len(token),
        header.decode(head),
        tuple(_block(block, number) for number, block in enumerate(blocks)),
    )
