"""Verification. The rules of this file:

1. No meaning is read from a block before the tail matched, over all blocks.
2. The order is fixed: text, envelope, header, master id and epoch, chain, tail, prefix, denylist,
   record or header, caveats, delegates, evaluation, budgets.
3. Nothing is ever fetched: who gets RecordNeeded fetches the record and calls again.
4. A verdict is a Grant, or an exception. Nothing unverified hangs on an exception.
5. This is the readable road, and the specification. `verify` first tries the compiled road
   (`_road.pyx`), which takes it upon itself only to say yes.
"""

from collections.abc import Callable, Mapping, Sequence

from . import restrictions as restrictions_
from . import revoked, road, terms
from .access import Access
from .authentic import Authentic, authenticate
from .caveats import Budget, Delegate
from .denylist import Denying
from .errors import CaveatUnmet, RecordNeeded, TokenError, TokenExpired, TokenRevoked
from .explain import Explanation, Step, step
from .grant import Grant, conclude
from .header import KeyHeader
from .record import KeyRecord
from .restrictions import Restriction
from .tenant import TenantKeys
from .terms import Terms
from .text import DEFAULT_PREFIXES, Prefixes
from .types import Debit, KeyStatus

Spend = Callable[[Sequence[Debit], int], int | None]
_NO_BUDGET = "no budget is kept here"


class Verifier(road.Road):
    """Verifies the tokens of one tenant. Holds no per-request state; does no I/O.

    denylist: what is revoked; `NoDenylist()` must be said out loud. records: key id -> KeyRecord,
    None where only grants are expected. spend(debits, now): debits Budget caveats, all or nothing,
    and answers None or the index of the first that did not fit; without it a Budget denies, and so
    it does where `spend` raises an Exception, which is then the refusal's `__cause__`.
    leeway: seconds by which the clock may be behind, for not_before only.
    """

    def __init__(
        self,
        tenant_keys: TenantKeys,
        *,
        denylist: Denying,
        records: Mapping[bytes, KeyRecord] | None = None,
        spend: Spend | None = None,
        leeway: int = 60,
        prefixes: Prefixes = DEFAULT_PREFIXES,
    ) -> None:
        if not isinstance(tenant_keys, TenantKeys):
            raise TypeError("a verifier is given TenantKeys: keyring.tenant(name)")
        if not hasattr(denylist, "first_dead"):
            raise TypeError("a verifier is given a Denylist, or NoDenylist() said out loud")
        records = {} if records is None else records
        if not hasattr(records, "get"):
            raise TypeError("records maps a key's id (16 bytes) to its KeyRecord")
        super().__init__(tenant_keys, denylist, records, leeway, prefixes)
        self._keys = tenant_keys
        self._denylist = denylist
        self._records = records
        self._spend = spend
        self._leeway = leeway
        self._prefixes = prefixes

    def decide(self, token: str, access: Access) -> Grant:
        """What `verify` answers, by the readable road alone. Raises the same."""
        authentic = authenticate(token, self._keys, self._prefixes)
        allowed = self._standing(authentic, access)
        for refusal in terms.refusals(allowed, access):
            raise refusal
        restrictions = restrictions_.read(authentic, self._leeway)
        self._check_readable(restrictions)
        self._check_delegates(restrictions, allowed)
        for restriction in restrictions:
            if refused := restriction.refusal(access):
                raise refused
        self._debit(authentic, restrictions, access)
        return conclude(self._keys.name, authentic, allowed, restrictions)

    def verify_many(
        self, tokens: Sequence[str], access: Access
    ) -> Sequence[Grant | TokenError | RecordNeeded]:
        """The verdict on each token, in order; refusals are returned instead of raised.

        Budgets are debited token by token, as each is allowed. The chains are folded side by side,
        without the GIL, so that threads add up. All is decided when this returns; Grants are made
        when they are looked at.
        """
        if isinstance(tokens, str):
            raise TypeError("verify_many takes many tokens; one is for verify")
        return road.verify_many(self, tokens, access)

    def explain(self, token: str, access: Access) -> Explanation:
        """Every check in order, and of the caveats all that say no and why. Never spends.

        Raises RecordNeeded as `verify` does, never TokenError.
        """
        steps: list[Step] = []
        try:
            authentic = authenticate(token, self._keys, self._prefixes)
            steps.append(step("chain", None))
            allowed = self._standing(authentic, access)
            steps.append(step("standing", None))
            refusals = list(terms.refusals(allowed, access))
            steps += [step("terms", refusal) for refusal in refusals] or [step("terms", None)]
            restrictions = restrictions_.read(authentic, self._leeway)
        except TokenError as refusal:
            names = ("chain", "standing", "blocks")
            steps.append(step(names[min(len(steps), 2)], refusal))
            return Explanation(tuple(steps))
        for restriction in restrictions:
            steps.append(step("caveat", self._refusal(restriction, allowed, access), restriction))
        return Explanation(tuple(steps))

    def authenticate(self, token: str) -> Authentic:
        """The token's header and revocation ids, chain checked and nothing else.

        For revocation by possession, which asks whether the token is genuine, not whether it is
        still good for anything. Raises TokenError.
        """
        return authenticate(token, self._keys, self._prefixes)

    def _standing(self, authentic: Authentic, access: Access) -> Terms:
        head = authentic.header
        revoked.check_ids(authentic, self._denylist)
        if isinstance(head, KeyHeader):
            allowed = terms.of_key(authentic, head, self._records, self._prefixes)
        else:
            allowed = terms.of_grant(head, self._keys, access.now, self._leeway)
        revoked.check_values(authentic, allowed, self._denylist, self._keys.name, access.now)
        if allowed.status != KeyStatus.ACTIVE:
            raise TokenRevoked("key", head.key_id)
        if access.now >= allowed.expires_at:
            raise TokenExpired(allowed.expires_at)
        return allowed

    def _check_readable(self, restrictions: Sequence[Restriction]) -> None:
        for restriction in restrictions:
            if isinstance(restriction.caveat, CaveatUnmet):
                raise restriction.caveat

    def _check_delegates(self, restrictions: Sequence[Restriction], allowed: Terms) -> None:
        for restriction in restrictions:
            if isinstance(restriction.caveat, Delegate):
                actor = restriction.caveat.actor
                revoked.check_actor(actor, allowed, self._denylist, self._keys.name)

    def _refusal(
        self, restriction: Restriction, allowed: Terms, access: Access
    ) -> TokenError | None:
        try:
            self._check_delegates((restriction,), allowed)
        except TokenRevoked as refusal:
            return refusal
        refused = restriction.refusal(access)
        if refused is None and self._spend is None and isinstance(restriction.caveat, Budget):
            return _unmet(restriction, _NO_BUDGET)
        return refused

    def _debit(
        self, authentic: Authentic, restrictions: Sequence[Restriction], access: Access
    ) -> None:
        budgets = restrictions_.debits(authentic, restrictions, access)
        if not budgets:
            return
        if self._spend is None:
            raise _unmet(budgets[0][0], _NO_BUDGET)
        try:
            refused = self._spend([debit for _, debit in budgets], access.now)
        except Exception as error:
            # A verdict like any other: in a batch, others before this one have spent already.
            reason = f"the budget could not be asked: {type(error).__name__}"
            raise _unmet(budgets[0][0], reason) from error
        if refused is not None:
            raise _unmet(budgets[refused][0], "the budget is spent")


def _unmet(budget: Restriction, reason: str) -> CaveatUnmet:
    return CaveatUnmet(budget.index, budget.block, "Budget", reason)
