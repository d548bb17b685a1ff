"""Verify a credential against what the node knows, fetching a record where one is missing."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from engine import Access, CaveatUnmet, Debit, Grant, RecordNeeded, UnknownKey
from engine.formats.imported import DigestNeeded
from storage.errors import StoreUnavailable

from .current import current
from .firstuse import owner
from .judging import Judged, KeyLimit, KeyLimitNeeded, MustWait, judge, verify_at_once
from .limits.limit import NO_LIMITS, Outcome
from .node import Node, Tenant
from .toooften import BudgetSpent, RateLimited
from .windows import bounded

_TRIES = 8

Done = TypeVar("Done")


async def verify(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> tuple[Grant, Outcome]:
    """The grant of a credential good for this access, and how its rate limits stand.

    Raises TokenError or StoreError.

    `audiences` as in `judge`; the audience of `access` need not be named. Rate limits are counted
    once everything else allows the access, then budgets are debited, durably before this returns.
    """
    with suppress(MustWait):
        return verify_at_once(node, tenant, credential, access, audiences)
    ask = partial(judge_when_known, node, tenant, credential, access, audiences)
    grant, debits, limits = await current(node, tenant, ask)
    outcome = NO_LIMITS
    if limits:
        outcome = await node.limits.take(limits)
        if not outcome.allowed:
            raise RateLimited.by(outcome, grant)
    if debits:
        kept = bounded(node, tenant, credential, debits, access.now)
        refused = await node.store.debit(tenant.name, kept, access.now)
        if refused is not None:
            spent = await _spent(node, tenant, grant, debits[refused], access.now)
            spent.outcome = outcome
            raise spent
    if debits or limits:
        # It took its time: what was revoked meanwhile is dead now.
        grant, _, _ = await current(node, tenant, ask)
    node.used(tenant.name, grant.key_id)
    return grant, outcome


async def look(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> Grant:
    """As `verify`, for an answer that spends nothing.

    So a credential with a budget is refused, whatever is left of it: whoever acted on the answer
    would act for nothing, as often as he likes. One whose rate limit is reached is refused as long
    as verify would refuse it. Raises TokenError or StoreError.
    """
    ask = partial(judge_when_known, node, tenant, credential, access, audiences)
    grant, debits, limits = await current(node, tenant, ask)
    if debits:
        counter = debits[0].counter
        block = grant.revocation_ids.index(counter[:16])
        raise CaveatUnmet(counter[16], block, "Budget", "only verify spends it")
    if limits:
        outcome = await node.limits.look(limits)
        if not outcome.allowed:
            raise RateLimited.by(outcome, grant)
        grant, _, _ = await current(node, tenant, ask)
    node.used(tenant.name, grant.key_id)
    return grant


async def judge_when_known(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> Judged:
    """As `judge`, once all that it needs is in memory. Raises TokenError or StoreError.

    A derived token's key stays in memory like that of a key in use.
    """
    of_key: KeyLimit | None = None
    while True:
        ask = partial(judge, node, tenant, credential, access, audiences, of_key)
        try:
            return await with_record(node, tenant, credential, ask)
        except KeyLimitNeeded as needed:
            record = None
            with suppress(StoreUnavailable):
                # What is derived needs no database to be verified, and a limit is no revocation.
                record = await tenant.records.fetch(needed.key_id)
            of_key = KeyLimit(None if record is None else record.limit)


async def require_authentic(node: Node, tenant: Tenant, credential: str) -> None:
    """Raise TokenError for what nobody here made, whatever it may be good for. Or StoreError.

    Asked before anything is done that a stranger must not be able to ask for.
    """
    verifier = tenant.verifier_for(credential)
    await with_record(node, tenant, credential, lambda: verifier.authenticate(credential))


async def with_record(node: Node, tenant: Tenant, credential: str, ask: Callable[[], Done]) -> Done:
    """Ask the verifier about a credential; where it needs a key's record, fetch it and ask again.

    So it is with an imported key's digest; Busy comes of one whose slow hash can't be tried now.
    A change may evict either between the two, so this
    repeats; each round is one database read, and a key that changes faster than it can be read is
    answered as an unavailable store.
    """
    for _ in range(_TRIES):
        try:
            return ask()
        except RecordNeeded as needed:
            if await tenant.records.fetch(needed.key_id) is None:
                raise UnknownKey("no key known here made this token") from None
        except DigestNeeded as needed:
            await tenant.ids.find(needed.digests, partial(owner, node, tenant, credential))
    raise StoreUnavailable("the key keeps changing faster than it can be read; try again")


async def _spent(node: Node, tenant: Tenant, grant: Grant, debit: Debit, now: int) -> BudgetSpent:
    block = grant.revocation_ids.index(debit.counter[:16])
    reason = f"the budget of {debit.limit} {debit.unit} per {debit.window_s} seconds is spent"
    error = BudgetSpent(debit.counter[16], block, "Budget", reason)
    error.grant = grant
    error.until = (await node.store.window(tenant.name, debit.counter, now)).ends_at
    return error
