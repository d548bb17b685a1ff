"""Verify a credential against what the node knows, fetching a record where one is missing."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from engine import (
    Access,
    CaveatUnmet,
    Debit,
    Grant,
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
from storage.errors import StoreUnavailable

from .asgi import Headers
from .current import current
from .firstuse import owner
from .node import Node, Tenant
from .windows import bounded

_TRIES = 8

Done = TypeVar("Done")


async def verify(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> Grant:
    """The grant of a credential good for this access. Raises TokenError or StoreError.

    Where `audiences` are expected, the token must name at least one, and one of them must stand
    in every list that it has. Budgets are debited durably before this returns.
    """
    judge = partial(_judged, node, tenant, credential, access, audiences)
    grant, debits = await current(node, judge)
    if debits:
        kept = bounded(node, tenant, credential, debits, access.now)
        refused = await node.store.debit(tenant.name, kept, access.now)
        if refused is not None:
            raise await _spent(node, tenant, grant, debits[refused], access.now)
        # It took its time: what was revoked meanwhile is dead now.
        grant, _ = await current(node, judge)
    node.used(tenant.name, grant.key_id)
    return grant


async def look(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> Grant:
    """As `verify`, for an answer that spends nothing.

    So a credential with a budget is refused, whatever is left of it: whoever acted on the answer
    would act for nothing, as often as he likes. Raises TokenError or StoreError.
    """
    judge = partial(_judged, node, tenant, credential, access, audiences)
    grant, debits = await current(node, judge)
    if debits:
        counter = debits[0].counter
        block = grant.revocation_ids.index(counter[:16])
        raise CaveatUnmet(counter[16], block, "Budget", "only verify spends it")
    node.used(tenant.name, grant.key_id)
    return grant


async def _judged(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str]
) -> tuple[Grant, Sequence[Debit]]:
    grant = await _for_any_audience(node, tenant, credential, access, audiences)
    return grant, tenant.spending.take()


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
    asked = msgspec.structs.replace(access, audience=audience)
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


class BudgetSpent(CaveatUnmet):
    """A budget has no room for this access; its window ends at `until` (Unix seconds).

    `grant` is what the credential would have been good for: it is authentic and has paid before.
    """

    until: int | None = None
    grant: Grant | None = None


def retry_after(error: TokenError, now: int) -> Headers:
    """Retry-After in whole seconds, at least 1, where a spent budget says when it begins anew."""
    until = error.until if isinstance(error, BudgetSpent) else None
    return () if until is None else ((b"retry-after", str(max(1, until - now)).encode()),)


async def _spent(node: Node, tenant: Tenant, grant: Grant, debit: Debit, now: int) -> BudgetSpent:
    block = grant.revocation_ids.index(debit.counter[:16])
    reason = f"the budget of {debit.limit} {debit.unit} per {debit.window_s} seconds is spent"
    error = BudgetSpent(debit.counter[16], block, "Budget", reason)
    error.grant = grant
    error.until = (await node.store.window(tenant.name, debit.counter, now)).ends_at
    return error
