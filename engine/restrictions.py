"""The caveats of an authentic token, in place, and what each says of an access."""

from collections.abc import Sequence

import msgspec

from . import block as blocks_
from . import limits
from .access import Access
from .authentic import Authentic
from .caveats import AnyCaveat, Budget, Place, Window
from .errors import CaveatUnmet, TokenError, TokenExpired
from .types import Debit


class Restriction(msgspec.Struct, frozen=True):
    """A caveat, or why it could not be read, and where it stands."""

    block: int
    index: int
    caveat: AnyCaveat | CaveatUnmet
    place: Place

    def refusal(self, access: Access) -> TokenError | None:
        """The error to raise where the caveat prohibits the access, or None."""
        caveat = self.caveat
        if isinstance(caveat, CaveatUnmet):
            return caveat
        reason = caveat.prohibits(access, self.place)
        if reason is None:
            return None
        if isinstance(caveat, Window) and access.now >= caveat.expires_at:
            return TokenExpired(caveat.expires_at, block=self.block, index=self.index)
        return CaveatUnmet(self.index, self.block, type(caveat).__name__, reason)


def read(authentic: Authentic, leeway: int) -> list[Restriction]:
    """All restrictions in order. Raises MalformedToken where a block is none."""
    last = len(authentic.blocks) - 1
    found: list[Restriction] = []
    budgets = 0
    for number, data in enumerate(authentic.blocks):
        place = Place(last - number, leeway)
        for index, caveat in enumerate(blocks_.decode(data, number)):
            if isinstance(caveat, Budget):
                budgets += 1
                if budgets > limits.BUDGETS:
                    caveat = blocks_.past_budgets(index, number)
            found.append(Restriction(number, index, caveat, place))
    return found


def debits(
    authentic: Authentic, restrictions: Sequence[Restriction], access: Access
) -> list[tuple[Restriction, Debit]]:
    """What the budgets ask to spend, for an access that every caveat allows.

    The counter is the revocation id of the caveat's block and its position there, so that all
    descendants of that block share it.
    """
    found = []
    for one in restrictions:
        if isinstance(one.caveat, Budget) and (cost := one.caveat.cost(access)) is not None:
            counter = authentic.revocation_ids[one.block] + bytes([one.index])
            budget = one.caveat
            found.append((one, Debit(counter, budget.unit, cost, budget.limit, budget.window_s)))
    return found
