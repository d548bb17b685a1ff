"""What a token says of itself, read without any key. Nothing here is verified."""

import msgspec

from . import block as blocks_
from . import envelope, header, limits, text
from .access import Access
from .caveats import AnyCaveat, Budget, Custom, Place
from .errors import CaveatUnmet, MalformedToken
from .explain import Explanation, Step
from .text import DEFAULT_PREFIXES, Prefixes


class UnverifiedBlock(msgspec.Struct, frozen=True):
    """One block as written; `problem` says why a verifier would refuse it, or None."""

    caveats: tuple[AnyCaveat | str, ...]
    problem: str | None = None


class TokenInfo(msgspec.Struct, frozen=True):
    """An unverified reading of a token: fit for display, never for a decision. `size` in bytes.

    `unverified_sealed` is what the prefix claims; only the tail knows.
    """

    prefix: str
    unverified_sealed: bool
    size: int
    unverified_header: header.Header
    unverified_blocks: tuple[UnverifiedBlock, ...]

    def explain(self, access: Access) -> Explanation:
        """What each caveat says of an access, were the token authentic. Verifies nothing.

        A Custom caveat says no: no handler is ever given what nobody has authenticated.
        """
        steps: list[Step] = []
        budgets = 0
        for number, block in enumerate(self.unverified_blocks):
            place = Place(len(self.unverified_blocks) - 1 - number)
            if block.problem is not None:
                steps.append(Step("blocks", "blocks", number, None, block.problem))
            for index, caveat in enumerate(block.caveats):
                if isinstance(caveat, str):
                    continue
                budgets += isinstance(caveat, Budget)
                if isinstance(caveat, Custom):
                    reason: str | None = "no handler is asked about a token that is not verified"
                elif isinstance(caveat, Budget) and budgets > limits.BUDGETS:
                    reason = blocks_.past_budgets(index, number).reason
                else:
                    reason = caveat.prohibits(access, place)
                steps.append(Step("caveat", type(caveat).__name__, number, index, reason))
        return Explanation(tuple(steps))


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
