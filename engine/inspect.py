"""What a token says of itself, read without any key. Nothing here is verified."""

import msgspec

from . import block as blocks_
from . import envelope, header, limits, terms, text
from .access import Access
from .caveats import AnyCaveat, Budget, Custom, Place
from .errors import CaveatUnmet, MalformedToken, TokenError, TokenExpired
from .explain import Explanation, Step, step
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

    def explain(self, access: Access, *, leeway: int = 60) -> Explanation:
        """What header and caveats say of an access, were the token authentic. Verifies nothing.

        leeway: seconds by which the clock may be behind, for not_before only. A Custom caveat says
        no: no handler is ever given what nobody has authenticated.
        """
        head = self.unverified_header
        steps = _judged(head, access, leeway) if isinstance(head, header.GrantHeader) else []
        unknown = () if isinstance(head, header.GrantHeader) else ("record",)
        budgets = 0
        for number, block in enumerate(self.unverified_blocks):
            place = Place(len(self.unverified_blocks) - 1 - number, leeway)
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
        return Explanation(tuple(steps), ("chain", *unknown, "revocation"))


def _judged(head: header.GrantHeader, access: Access, leeway: int) -> list[Step]:
    stated = terms.stated_in(head)
    standing: TokenError | None = None
    if access.now >= stated.expires_at:
        standing = TokenExpired(stated.expires_at)
    elif access.now + leeway < head.issued_at:
        reason = f"not before {head.issued_at}, it is {access.now} (Unix seconds)"
        standing = CaveatUnmet(0, None, "Window", reason)
    refusals: list[TokenError | None] = [*terms.refusals(stated, access)] or [None]
    return [step("standing", standing), *(step("terms", refusal) for refusal in refusals)]


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
