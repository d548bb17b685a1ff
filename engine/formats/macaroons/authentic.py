"""The first half of verification: is this exactly what was minted and appended?

All of it, and of every discharge too: what pymacaroons leaves out of the chain because it was not
met is still shown to whoever reads the token. No meaning is read from a caveat here.
"""

from collections.abc import Sequence

import msgspec

from engine.errors import BadTail, CaveatUnmet, MalformedToken, UnusedDischarge

from . import chain, limits, secretbox
from .macaroon import Macaroon


class FirstParty(msgspec.Struct, frozen=True):
    """A first-party caveat of an authentic macaroon, not cleared yet.

    It is caveat `index` of the macaroon (`discharge` 0) or of the n-th discharge (`discharge` n).
    """

    cid: bytes
    index: int
    discharge: int = 0


def authenticate(
    macaroon: Macaroon,
    key: bytes,
    discharges: Sequence[Macaroon] = (),
    *,
    derive: bool = True,
) -> tuple[FirstParty, ...]:
    """The first-party caveats that are left to clear, those of the discharges included.

    Where it returns, every byte but the locations is as it was minted and appended, every
    third-party caveat has a discharge of its own, found by its cid and bound to this macaroon, and
    every discharge was needed. One discharge meets one caveat, so none can lead to itself.

    key: as it was given to `mint`, with the same `derive`. Raises BadTail, CaveatUnmet (a
    third-party caveat without a discharge), UnusedDischarge, MalformedToken (too many discharges),
    ValueError (no key), and ImportError where there is a discharge to look at and no PyNaCl.
    """
    if len(discharges) > limits.DISCHARGES:
        raise MalformedToken(f"a macaroon comes with at most {limits.DISCHARGES} discharges")
    unused = dict(enumerate(discharges, 1))
    numbers = {one.identifier: n for n, one in reversed(unused.items())}  # the first of a name
    left: list[FirstParty] = []
    # What is found is appended, so this walks the tree of discharges without recursing.
    found = [(0, macaroon, chain.root_key(key, derive=derive))]
    for number, one, root in found:
        tags = chain.tags(root, one)
        tail = chain.bound(macaroon.signature, tags[-1]) if number else tags[-1]
        if not chain.equal(tail, one.signature):
            raise BadTail(number)
        for index, caveat in enumerate(one.caveats):
            if caveat.vid is None:
                left.append(FirstParty(caveat.cid, index, number))
                continue
            wanted = numbers.get(caveat.cid, 0)
            if wanted not in unused:
                raise _unmet(index, number, "no discharge of its own came with the token")
            secret = _unsealed(tags[index], caveat.vid, index, number)
            found.append((wanted, unused.pop(wanted), secret))
    if unused:
        raise UnusedDischarge(min(unused))
    return tuple(left)


def _unsealed(tag: bytes, vid: bytes, index: int, discharge: int) -> bytes:
    try:
        return secretbox.unseal(tag, vid)
    except ValueError:
        # The chain covers the vid, so whoever appended it sealed nothing in it.
        raise _unmet(index, discharge, "its vid does not open, nothing can meet it") from None


def _unmet(index: int, discharge: int, reason: str) -> CaveatUnmet:
    return CaveatUnmet(index, discharge, "ThirdParty", reason)
