"""Why a credential is refused, check by check, with what its budgets have spent. Spends nothing."""

from functools import partial

import msgspec

from engine import Access, Explanation, TokenError, TokenRevoked, inspect
from engine.caveats import Budget
from engine.explain import Step, step
from engine.header import KeyHeader

from .changing import is_suspended
from .current import current
from .node import Node, Tenant
from .timestamps import from_seconds
from .verifying import with_record


async def explain(node: Node, tenant: Tenant, credential: str, access: Access) -> Explanation:
    """Every check that verify makes, budgets included. Raises StoreError."""
    return await current(node, tenant, partial(_explain, node, tenant, credential, access))


async def _explain(node: Node, tenant: Tenant, credential: str, access: Access) -> Explanation:
    try:
        explanation = await with_record(
            node,
            tenant,
            credential,
            lambda: tenant.verifier_for(credential).explain(credential, access),
        )
    except TokenError as error:
        # Only a key without a record comes here: its chain is authentic, the key is gone.
        return Explanation((step("chain", error),))
    if not any(_is_budget(each) or _is_dead_key(each) for each in explanation.steps):
        return explanation
    steps = []
    for each in explanation.steps:
        if _is_budget(each):
            each = await _with_counter(node, tenant, credential, access, each)
        elif _is_dead_key(each):
            each = await _with_state(node, tenant, credential, each)
        steps.append(each)
    return Explanation(tuple(steps))


def _is_budget(one: Step) -> bool:
    return one.check == "caveat" and one.name == "Budget" and one.reason is None


def _is_dead_key(one: Step) -> bool:
    return one.error == "TokenRevoked" and one.reason == str(TokenRevoked("key", b""))


async def _with_state(node: Node, tenant: Tenant, credential: str, one: Step) -> Step:
    """The step of a key that is revoked or, which is to be told from it, only suspended."""
    try:
        verifier = tenant.verifier_for(credential)
        authentic = await with_record(
            node, tenant, credential, lambda: verifier.authenticate(credential)
        )
    except TokenError:
        return one
    # What was derived from a suspended key is dead for good.
    if not isinstance(authentic.header, KeyHeader):
        return one
    key = await node.store.get(tenant.name, authentic.header.key_id)
    if key is None or not is_suspended(tenant, key):
        return one
    return msgspec.structs.replace(one, reason="the key is suspended: resume it first")


async def _with_counter(
    node: Node, tenant: Tenant, credential: str, access: Access, one: Step
) -> Step:
    """The step of a budget that would allow, were nothing spent of it."""
    if one.block is None or one.index is None:
        return one
    try:
        # Its chain was found authentic, so what it says of itself is so.
        blocks = inspect(credential, prefixes=tenant.prefixes).unverified_blocks
        link = tenant.verifier_for(credential).authenticate(credential).revocation_ids[one.block]
    except TokenError:
        return one
    caveat = blocks[one.block].caveats[one.index]
    cost = caveat.cost(access) if isinstance(caveat, Budget) else None
    if cost is None or not isinstance(caveat, Budget):
        return one
    window = await node.store.window(tenant.name, link + bytes([one.index]), access.now)
    if window.spent + cost <= caveat.limit:
        return one
    reason = f"{window.spent} of {caveat.limit} {caveat.unit} are spent"
    if window.ends_at is not None:
        reason += f" until {from_seconds(window.ends_at)}"
    return msgspec.structs.replace(one, reason=reason, error="CaveatUnmet")
