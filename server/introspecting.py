"""What a credential is good for, as RFC 7662 tells it; of one that is not good, nothing at all."""

import msgspec
from msgspec import UNSET, UnsetType

from engine import Access, Grant, TokenError

from . import answers
from .keyids import key_id_text
from .node import Node, Tenant
from .schemas.oauth import Actor, IntrospectResponse, scope_text
from .verifying import look, with_record

INACTIVE = msgspec.json.encode(IntrospectResponse(active=False))


async def introspect(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: tuple[str, ...]
) -> bytes:
    """The answer in JSON. A caveat that asks for a fact which is not there denies, as in verify.

    `audiences`: the resource server's own names, one of which the token must be for; a token that
    is for somebody is not active where none is said (RFC 7662 section 4). Raises StoreError.
    """
    try:
        issued_at = await _issued_at(node, tenant, credential)
        # Last, so that nothing comes between the verdict and the answer.
        grant = await look(node, tenant, credential, access, audiences)
    except TokenError:
        return INACTIVE
    return msgspec.json.encode(_told(node, tenant, grant, issued_at))


async def _issued_at(node: Node, tenant: Tenant, credential: str) -> int:
    authenticate = tenant.verifier_for(credential).authenticate
    done = await with_record(node, tenant, credential, lambda: authenticate(credential))
    return done.header.issued_at


def _told(node: Node, tenant: Tenant, grant: Grant, issued_at: int) -> IntrospectResponse:
    ours = answers.granted(node, tenant, grant)
    return IntrospectResponse(
        active=True,
        scope=scope_text(grant.scopes),
        client_id=ours.key_id,
        sub=grant.actor or ours.key_id,
        username=grant.actor or UNSET,
        token_type="Bearer",
        exp=grant.expires_at,
        iat=issued_at,
        aud=grant.audiences or UNSET,
        iss=ours.issuer,
        jti=_id(grant),
        act=_actor(grant.delegates),
        key_id=ours.key_id,
        actor_id=grant.actor or UNSET,
        grant_id=ours.grant_id or UNSET,
        delegates=grant.delegates or UNSET,
        visibility=ours.visibility,
        metadata=ours.metadata or UNSET,
        custom_claims=ours.custom_claims or UNSET,
        stale=ours.stale,
    )


def _id(grant: Grant) -> str:
    """What names this very token: the id under which its last link would be revoked."""
    if grant.revocation_ids:
        return key_id_text(grant.revocation_ids[-1])
    return key_id_text(grant.grant_id or grant.key_id)


def _actor(delegates: tuple[str, ...]) -> Actor | UnsetType:
    """The last delegate is the one that acts now; within it are those before it."""
    actor: Actor | UnsetType = UNSET
    for name in delegates:
        actor = Actor(name, actor)
    return actor
