"""A verification's outcome as the response body of verify and batch verify."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from engine import Grant, TokenError
from engine.formats.sealed import Sealed, unseal

from .current import stale
from .gcra import Taken
from .keyids import key_id_text
from .limits.headers import seconds
from .limits.limit import NO_LIMITS, Of, Outcome
from .node import Node, Tenant
from .problems import Problem
from .schemas import (
    KeyStatus,
    KeyVisibility,
    VerificationError,
    VerifyResponse,
    raw_object,
    wire_limit,
    wire_visibility,
)
from .timestamps import from_seconds
from .toooften import BudgetSpent, TooOften
from .verdict import refusal


def granted(
    node: Node, tenant: Tenant, grant: Grant, outcome: Outcome = NO_LIMITS
) -> VerifyResponse:
    """The answer for a credential that is good for the access.

    `outcome` is how its rate limits stand. The key's own is told, of which a derived token uses up
    a part; its reset is when all of it is there again.
    """
    key = None if grant.grant_id else tenant.records.key(grant.key_id)
    metadata = None if key is None else raw_object(key.metadata)
    claims = None
    visibility = KeyVisibility.SECRET
    if grant.grant_id:
        sealed = _unsealed(grant.claims)
        metadata, claims = _object(sealed.meta), _object(sealed.custom)
        visibility = wire_visibility(sealed.vis)
    elif grant.visibility is not None:
        visibility = wire_visibility(grant.visibility)
    limit = outcome.of(Of.KEY)
    counted = None if limit is None else limit.taken
    return VerifyResponse(
        is_valid=True,
        status=KeyStatus.ACTIVE,
        key_id=key_id_text(grant.key_id),
        actor_id=grant.actor,
        scopes=grant.scopes,
        expire_time=from_seconds(grant.expires_at),
        metadata=metadata,
        custom_claims=claims,
        visibility=visibility,
        issuer=tenant.settings.issuer,
        audiences=grant.audiences,
        rate_limit_policy=None if limit is None else wire_limit(limit.limit.stated),
        rate_limit_remaining=UNSET if counted is None else str(counted.remaining),
        rate_limit_reset_time=None if counted is None else _at(node, counted),
        grant_id=key_id_text(grant.grant_id) if grant.grant_id else "",
        delegates=grant.delegates,
        token_type="grant" if grant.grant_id else "key",
        stale=stale(node, tenant) or UNSET,
    )


def _unsealed(claims: bytes) -> Sealed:
    """What a derived credential carries; nothing of what an embedder's own may carry instead."""
    try:
        return unseal(claims)
    except ValueError:
        return Sealed()


def _object(value: Mapping[str, object] | None) -> msgspec.Raw | None:
    return msgspec.Raw(msgspec.json.encode(value)) if value else None


def unjudged(why: Problem) -> VerifyResponse:
    """The answer for a credential of which nothing is known yet: it is to be presented again."""
    code = VerificationError.INTERNAL
    return VerifyResponse(is_valid=False, error_code=code, error_message=why.message)


def refused(node: Node, tenant: Tenant, credential: str, error: TokenError) -> VerifyResponse:
    """The answer for a credential that is refused: nothing of the key is disclosed.

    A rate limit that is reached and a spent budget are the exception, as in the compatible answer:
    the credential was good.
    """
    why = refusal(error, credential, tenant.derived)
    answer = VerifyResponse(is_valid=False)
    if isinstance(error, TooOften) and error.grant is not None:
        answer = granted(node, tenant, error.grant, error.outcome)
        answer = msgspec.structs.replace(answer, rate_limit_reset_time=_reset(node, answer, error))
    return msgspec.structs.replace(
        answer,
        is_valid=False,
        error_code=why.code,
        error_message=why.message,
        caveat=why.caveat,
    )


def _reset(node: Node, answer: VerifyResponse, error: TooOften) -> str | None:
    """When what refused is as it was: a budget's new window, or a limit with all of its quota."""
    if isinstance(error, BudgetSpent):
        return None if error.until is None else from_seconds(error.until)
    refusing = error.outcome.refusing
    if refusing is None or refusing.taken is None:
        return answer.rate_limit_reset_time
    return _at(node, refusing.taken)


def _at(node: Node, taken: Taken) -> str:
    return from_seconds(node.now() + seconds(taken.reset))
