"""What a holder does offline, without any secret: narrow a token, or seal it."""

from . import block as blocks_
from . import chain, envelope, limits, text
from .caveats import AnyCaveat, Budget
from .redacted import Redacted
from .text import DEFAULT_PREFIXES, Prefixes


class Attenuated(Redacted, frozen=True):
    """A narrower token, and the id that revokes it and all below it, but not its siblings."""

    text: str
    revocation_id: bytes

    def __repr__(self) -> str:
        return f"Attenuated(revocation_id={self.revocation_id.hex()})"


def _open(token: str, prefixes: Prefixes) -> tuple[bytes, list[bytes], bytes]:
    prefix, data = text.decode(token, prefixes)
    if prefix == prefixes.sealed:
        raise ValueError("the token is sealed: nobody may append to it, ask its issuer for another")
    return envelope.split(data)


def attenuate(
    token: str,
    *caveats: AnyCaveat,
    nonce: bytes | None = None,
    prefixes: Prefixes = DEFAULT_PREFIXES,
) -> Attenuated:
    """Append one block of caveats: the result allows nothing that `token` does not.

    `nonce` is 8 bytes, random unless given; it makes siblings distinct, so that each can be
    revoked alone. Raises MalformedToken, or ValueError where the token is sealed or full, or where
    a caveat is one that no verifier would take, as a fifth Budget is.
    """
    header, blocks, tail = _open(token, prefixes)
    if len(blocks) == limits.BLOCKS:
        raise ValueError(f"the token already has {limits.BLOCKS} blocks, the most there may be")
    block = blocks_.encode(caveats, nonce)
    spends = any(isinstance(caveat, Budget) for caveat in caveats)
    if spends and blocks_.budgets([*blocks, block]) > limits.BUDGETS:
        raise ValueError(f"the token would hold more than {limits.BUDGETS} budgets")
    tail, revocation_id = chain.extend(tail, block)
    narrowed = envelope.join(header, [*blocks, block], tail)
    return Attenuated(text.encode(prefixes.macaroon, narrowed), revocation_id)


def seal(token: str, *, prefixes: Prefixes = DEFAULT_PREFIXES) -> str:
    """Close a token: nobody can append to it any more. Raises MalformedToken or ValueError."""
    header, blocks, tail = _open(token, prefixes)
    return text.encode(prefixes.sealed, envelope.join(header, blocks, chain.seal(tail)))
