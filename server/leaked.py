"""Credentials that were found somewhere, revoked by whoever found them: many at once.

Each stands or falls alone, at its own last link. They are handed in together, so that a hundred
cost few flushes of the disk.
"""

import asyncio
from collections.abc import Sequence

from .keyids import key_id_text
from .node import Node, Tenant
from .possession import revoke_last_link
from .problems import problem_for
from .schemas.leaked import Outcome, RevokeResult


async def revoke_found(
    node: Node, tenant: Tenant, credentials: Sequence[str], reason: int
) -> tuple[RevokeResult, ...]:
    """What became of each, in order. Raises what a fault of ours or of the store raises.

    What was revoked all the same stays so: to send all of it again is safe.
    """
    asked = [_revoke(node, tenant, *each, reason) for each in enumerate(credentials)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    return tuple(_result(index, each) for index, each in enumerate(done))


async def _revoke(
    node: Node, tenant: Tenant, index: int, credential: str, reason: int
) -> RevokeResult:
    kind, target, entry = await revoke_last_link(node, tenant, credential, reason)
    outcome = Outcome.ALREADY_REVOKED if entry is None else Outcome.REVOKED
    return RevokeResult(index, outcome, kind.name.lower(), key_id_text(target))


def _result(index: int, done: RevokeResult | BaseException) -> RevokeResult:
    if isinstance(done, RevokeResult):
        return done
    problem = problem_for(done)
    if problem.reason == "NOT_FOUND":
        return RevokeResult(index, Outcome.UNKNOWN)
    if problem.http >= 500:
        raise done
    return RevokeResult(index, Outcome.REFUSED, message=problem.message)
