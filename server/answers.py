"""A verification's outcome as the response body of verify and batch verify."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from engine import Grant, TokenError
from engine.formats.sealed import Sealed, unseal

from .asgi import Headers
from .keyids import key_id_text
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
from .verdict import refusal
from .verifying import BudgetSpent


def granted(node: Node, tenant: Tenant, grant: Grant) -> VerifyResponse:
    """The answer for a credential that is good for the access."""
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
        issuer=node.settings.issuer,
        audiences=grant.audiences,
        rate_limit_policy=None if key is None else wire_limit(key.limit),
        grant_id=key_id_text(grant.grant_id) if grant.grant_id else "",
        delegates=grant.delegates,
        token_type="grant" if grant.grant_id else "key",
        stale=node.stale or UNSET,
    )


def limit_headers(answer: VerifyResponse) -> Headers:
    """RateLimit-Policy, where the answer tells of a limit.

    Source: draft-ietf-httpapi-ratelimit-headers-10. A quota of more than 15 digits has no header,
    since no structured field can hold it (RFC 9651).
    """
    policy = answer.rate_limit_policy
    if policy is None or len(policy.quota) > 15:
        return ()
    stated = f'"default";q={policy.quota};w={policy.window.removesuffix("s")}'
    return ((b"ratelimit-policy", stated.encode()),)


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

    A spent budget is the exception, as in the compatible answer: the credential was good.
    """
    why = refusal(error, credential, tenant.derived)
    grant, until = None, None
    if isinstance(error, BudgetSpent):
        grant, until = error.grant, error.until
    return msgspec.structs.replace(
        VerifyResponse(is_valid=False) if grant is None else granted(node, tenant, grant),
        is_valid=False,
        error_code=why.code,
        error_message=why.message,
        caveat=why.caveat,
        rate_limit_reset_time=None if until is None else from_seconds(until),
    )
