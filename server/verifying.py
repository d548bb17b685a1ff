"""Verify a credential against what the node knows, fetching a record where one is missing."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import msgspec

from engine import (
    Access,
    CaveatUnmet,
    Debit,
    Grant,
    KeyRecord,
    RecordNeeded,
    TokenError,
    TokenInfo,
    UnknownKey,
    inspect,
)
from engine.caveats import Audience
from engine.formats.imported import DigestNeeded
from engine.formats.jwt import inspect as inspect_jwt
from engine.formats.jwt import looks_like_jwt
from engine.header import GrantHeader
from storage.base import StoredKey
from storage.errors import StoreUnavailable

from .current import current
from .firstuse import owner
from .limits.limit import NO_LIMITS, Limit, Outcome
from .node import Node, Tenant
from .toooften import BudgetSpent, RateLimited
from .windows import bounded

_TRIES = 8

Done = TypeVar("Done")


_Judged = tuple[Grant, Sequence[Debit], Sequence[Limit]]


async def verify(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> tuple[Grant, Outcome]:
    """The grant of a credential good for this access, and how its rate limits stand.

    Raises TokenError or StoreError.

    Where `audiences` are expected, the token must name at least one, and one of them must stand
    in every list that it has; the audience of `access` need not be named. Rate limits are counted
    once everything else allows the access, then budgets are debited, durably before this returns.
    """
    judge = partial(_judged, node, tenant, credential, access, audiences)
    grant, debits, limits = await current(node, tenant, judge)
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
        grant, _, _ = await current(node, tenant, judge)
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
    judge = partial(_judged, node, tenant, credential, access, audiences)
    grant, debits, limits = await current(node, tenant, judge)
    if debits:
        counter = debits[0].counter
        block = grant.revocation_ids.index(counter[:16])
        raise CaveatUnmet(counter[16], block, "Budget", "only verify spends it")
    if limits:
        outcome = await node.limits.look(limits)
        if not outcome.allowed:
            raise RateLimited.by(outcome, grant)
        grant, _, _ = await current(node, tenant, judge)
    node.used(tenant.name, grant.key_id)
    return grant


async def _judged(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str]
) -> _Judged:
    """What the credential is good for, and what using it would count against and spend.

    A derived token counts against its key's limit, which stands in the key's record: what says
    nothing of it can't be a way around it. The record stays in memory like that of a key in use.
    """
    ask = partial(_for_any_audience, node, tenant, credential, access, audiences)
    grant, debits = await ask(), tenant.spending.take()
    limit = grant.limit
    if grant.grant_id is not None:
        record: KeyRecord | StoredKey | None = tenant.records.get(grant.key_id)
        if record is None:
            with suppress(StoreUnavailable):
                # What is derived needs no database to be verified, and a limit is no revocation.
                record = await tenant.records.fetch(grant.key_id)
            # It took its time: a verdict is of one moment.
            grant, debits = await ask(), tenant.spending.take()
        limit = None if record is None else record.limit
    return grant, debits, node.limits.of(tenant.name, tenant.settings.limits, grant, limit)


async def _for_any_audience(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str]
) -> Grant:
    *others, last = _candidates(tenant, credential, audiences) or (None,)
    for audience in others:
        try:
            return await _verify(node, tenant, credential, access, audience)
        except CaveatUnmet as unmet:
            if unmet.caveat != "Audience":
                raise
    return await _verify(node, tenant, credential, access, last)


def _candidates(tenant: Tenant, credential: str, audiences: Sequence[str]) -> Sequence[str]:
    """The audiences worth asking about, at best one: the first that every list of the token names.

    Read before anything is verified, this chooses the question and never the answer.
    """
    if len(audiences) < 2:
        return audiences
    lists: list[Sequence[str]]
    try:
        if looks_like_jwt(credential):
            lists = [inspect_jwt(credential).unverified_header.audiences or ()]
        else:
            lists = _lists(inspect(credential, prefixes=tenant.prefixes))
    except TokenError:
        return audiences  # another system's, or none at all
    named = (one for one in audiences if all(one in each for each in lists))
    return (next(named, audiences[-1]),)


def _lists(info: TokenInfo) -> list[Sequence[str]]:
    head = info.unverified_header
    caveats = (caveat for block in info.unverified_blocks for caveat in block.caveats)
    lists = [caveat.audiences for caveat in caveats if isinstance(caveat, Audience)]
    if isinstance(head, GrantHeader) and head.audiences is not None:
        lists.append(head.audiences)
    return lists


async def _verify(
    node: Node, tenant: Tenant, credential: str, access: Access, audience: str | None
) -> Grant:
    asked = access if audience is None else msgspec.structs.replace(access, audience=audience)
    grant = await with_record(
        node, tenant, credential, lambda: tenant.verifier_for(credential).verify(credential, asked)
    )
    if audience is not None and not grant.audiences:
        tenant.spending.take()
        raise CaveatUnmet(0, None, "Audience", "the credential names no audience")
    return grant


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
