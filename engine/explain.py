"""A verdict taken apart: every check, and every caveat that said no."""

import msgspec

from .errors import CaveatUnmet, TokenError
from .restrictions import Restriction


class Step(msgspec.Struct, frozen=True):
    """One check. `check` is "chain" (a JWT's is "signature", an imported key's "lookup"),
    "standing", "terms", "blocks" or "caveat".

    For a caveat, `name` is its type and (block, index) its place. `reason` is None where it
    allows; `error` names the class that `verify` would raise.
    """

    check: str
    name: str
    block: int | None = None
    index: int | None = None
    reason: str | None = None
    error: str | None = None


class Explanation(msgspec.Struct, frozen=True):
    """All checks in the order of verification. Budgets are checked as if nothing were spent.

    `not_checked` names what could not be looked at: "chain", "record", "revocation".
    """

    steps: tuple[Step, ...]
    not_checked: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether every check that was made allows."""
        return all(step.reason is None for step in self.steps)

    @property
    def refusals(self) -> tuple[Step, ...]:
        """The checks that refuse, first one first."""
        return tuple(step for step in self.steps if step.reason is not None)


def step(check: str, refusal: TokenError | None, restriction: Restriction | None = None) -> Step:
    """The step for a check that refused, or allowed where `refusal` is None."""
    name, block, index = check, None, None
    if restriction is not None:
        block, index = restriction.block, restriction.index
        caveat = restriction.caveat
        name = caveat.caveat if isinstance(caveat, CaveatUnmet) else type(caveat).__name__
    elif isinstance(refusal, CaveatUnmet):
        name = refusal.caveat
    if refusal is None:
        return Step(check, name, block, index)
    reason = refusal.reason if isinstance(refusal, CaveatUnmet) else str(refusal)
    return Step(check, name, block, index, reason, type(refusal).__name__)
