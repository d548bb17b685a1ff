"""Why a credential is refused, check by check, with what its budgets have spent. Spends nothing."""

import msgspec

from engine import Access, Explanation, TokenError, inspect
from engine.caveats import Budget
from engine.explain import Step, step

from .node import Node, Tenant
from .timestamps import from_seconds
from .verifying import with_record


async def explain(node: Node, tenant: Tenant, credential: str, access: Access) -> Explanation:
    """Every check that verify makes, budgets included. Raises StoreError."""
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
    if not any(map(_is_budget, explanation.steps)):
        return explanation
    steps = [
        await _with_counter(node, tenant, credential, access, each) if _is_budget(each) else each
        for each in explanation.steps
    ]
    return Explanation(tuple(steps))


def _is_budget(one: Step) -> bool:
    return one.check == "caveat" and one.name == "Budget" and one.reason is None


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
