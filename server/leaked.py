"""Credentials that were found somewhere, revoked by whoever found them: many at once.

Each stands or falls alone, at its own last link. They are handed in together, so that a hundred
cost few flushes of the disk.
"""

import asyncio
import logging
from collections.abc import Sequence

from .node import Node
from .possession import revoke_last_link
from .problems import Problem, problem_for
from .schemas.leaked import Outcome, RevokeResult

_log = logging.getLogger("marzipan.http")


async def revoke_found(
    node: Node, credentials: Sequence[str], reason: int, request_id: str
) -> tuple[RevokeResult, ...]:
    """What became of each, in order. Raises Problem 503 or 504 where the store gave no answer.

    What was revoked before that stays so: to send all of it again is safe.
    """
    asked = [_revoke(node, *each, reason) for each in enumerate(credentials)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    return tuple(_result(index, each, request_id) for index, each in enumerate(done))


async def _revoke(node: Node, index: int, credential: str, reason: int) -> RevokeResult:
    kind, target, entry = await revoke_last_link(node, credential, reason)
    outcome = Outcome.ALREADY_REVOKED if entry is None else Outcome.REVOKED
    return RevokeResult(index, outcome, kind.name.lower(), target.hex())


def _result(index: int, done: RevokeResult | BaseException, request_id: str) -> RevokeResult:
    if isinstance(done, RevokeResult):
        return done
    problem = problem_for(done)
    if problem.reason == "NOT_FOUND":
        return RevokeResult(index, Outcome.UNKNOWN)
    if not isinstance(done, Problem) and problem.http != 500:
        raise problem
    if problem.http == 500:
        extra = {"request_id": request_id}
        _log.error("unforeseen error in a batch", exc_info=done, extra=extra)
    return RevokeResult(index, Outcome.REFUSED, message=problem.message)
