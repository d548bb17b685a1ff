"""A verification's outcome as the response body of verify and batch verify."""

import msgspec

from engine import Grant, TokenError, Visibility
from engine.formats.sealed import unseal

from .keyids import key_id_text
from .node import Node, Tenant
from .schemas import (
    KeyStatus,
    KeyVisibility,
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
    visibility = KeyVisibility.SECRET
    if grant.grant_id:
        metadata, sealed = _unsealed(grant.claims)
        visibility = wire_visibility(sealed)
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
        visibility=visibility,
        issuer=node.settings.issuer,
        audiences=grant.audiences,
        rate_limit_policy=None if key is None else wire_limit(key.limit),
        grant_id=key_id_text(grant.grant_id) if grant.grant_id else "",
        delegates=grant.delegates,
        token_type="grant" if grant.grant_id else "key",
    )


def _unsealed(claims: bytes) -> tuple[msgspec.Raw | None, Visibility]:
    """The key's metadata over the caller's own claims, as the compatible answer has it.

    A grant minted by an embedder may carry anything else: that is nobody's metadata here.
    """
    try:
        sealed = unseal(claims)
        merged = {**sealed.custom, **(sealed.meta or {})}
        return msgspec.Raw(msgspec.json.encode(merged)) if merged else None, sealed.vis
    except ValueError:
        return None, Visibility.SECRET


def refused(tenant: Tenant, credential: str, error: TokenError) -> VerifyResponse:
    """The answer for a credential that is refused: nothing of the key is disclosed."""
    why = refusal(error, credential, tenant.derived)
    until = error.until if isinstance(error, BudgetSpent) else None
    return VerifyResponse(
        is_valid=False,
        error_code=why.code,
        error_message=why.message,
        caveat=why.caveat,
        rate_limit_reset_time=None if until is None else from_seconds(until),
    )
