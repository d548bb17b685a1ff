"""Derive a grant from a key: short-lived, self-contained, dead with its parent.

Only a bare, open key derives: whatever was narrowed would be washed of its caveats. The key's row
is read on the primary, never from the cache.
"""

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from engine import (
    Access,
    CaveatUnmet,
    KeyStatus,
    Minted,
    TokenError,
    TokenExpired,
    TokenRevoked,
    cidr,
)
from engine.authentic import Authentic
from engine.formats.jwt import looks_like_jwt
from engine.formats.sealed import RESERVED, Sealed, seal
from engine.header import KeyHeader
from engine.redacted import Redacted
from engine.scopes import uncovered
from storage.base import AuditEvent, Change, StoredKey

from .changing import is_suspended
from .current import current
from .durations import require_at_most
from .node import Node, Tenant
from .problems import Problem, invalid
from .verifying import with_record

DERIVE = "grant.derive"  # in the audit; its target is the key


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks of a grant. `ttl`: seconds, None for the default, cut to the key's.

    `jwt`: signed as a JWT, for verifiers that know neither secret nor server.
    """

    ttl: int | None = None
    scopes: tuple[str, ...] | None = None
    audiences: tuple[str, ...] | None = None
    claims: Mapping[str, object] = {}
    jwt: bool = False


class Derivation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the audit keeps of a grant: enough to tell later whether it lives. Unix seconds.

    What is None was not given or, in rows of an older version, not kept.
    """

    grant_id: str
    kid: str | None = None  # of the key that signed it, for a JWT
    epoch: int | None = None  # the tenant's
    generation: int | None = None
    expires_at: int | None = None
    audiences: tuple[str, ...] | None = None


class Derived(Redacted, frozen=True):
    """A new grant and what it says."""

    minted: Minted
    expires_at: int
    scopes: tuple[str, ...]
    audiences: tuple[str, ...] | None
    claims: Mapping[str, object]

    def __repr__(self) -> str:
        return f"Derived({self.minted!r})"


async def derive(
    node: Node, tenant: Tenant, credential: str, wish: Wish, client_ip: str | None, caller: str
) -> Derived:
    """Mint a grant from a live, bare key. Raises Problem with the compatible statuses."""
    key = await _parent(node, tenant, credential, client_ip)
    now = node.now()
    expires_at = _expiry(tenant, key, wish.ttl, now)
    scopes = _scopes(key, wish)
    custom = {name: value for name, value in wish.claims.items() if name not in RESERVED}
    meta = msgspec.json.decode(key.metadata) if key.metadata else {}
    mint = _minting(tenant, wish.jwt)
    try:
        minted = mint(
            key.key_id,
            key_issued_at=key.issued_at,
            generation=key.generation,
            now=now,
            expires_at=expires_at,
            actor=key.actor,
            scopes=scopes,
            cidrs=None if key.networks is None else tuple(map(cidr, key.networks)),
            audiences=wish.audiences or None,
            claims=seal(Sealed(meta or None, custom, key.visibility)),
        )
    except ValueError as error:
        raise Problem("BAD_REQUEST", f"the derived token can't be made: {error}") from None
    signer = tenant.signer if wish.jwt else None
    derivation = Derivation(
        grant_id="" if minted.grant_id is None else minted.grant_id.hex(),
        kid=None if signer is None else signer.key.kid,
        epoch=tenant.keys.epoch,
        generation=key.generation,
        expires_at=expires_at,
        audiences=wish.audiences or None,
    )
    await _audit(node, tenant, key, derivation, caller)
    # That took its time: what was revoked meanwhile gets nothing.
    await current(node, tenant, partial(_alive, node, tenant, credential, key.key_id, client_ip))
    node.used(tenant.name, key.key_id)
    return Derived(minted, expires_at, scopes, wish.audiences or None, {**meta, **custom})


def _minting(tenant: Tenant, jwt: bool) -> Callable[..., Minted]:
    if not jwt:
        return partial(tenant.keys.mint_grant, prefix=tenant.prefixes.macaroon)
    if tenant.signer is None:
        raise Problem(
            "INTERNAL_SERVER_ERROR",
            "This server has no key to sign JWTs with; its operator makes one with "
            "`marzipan signing-keys generate`.",
        )
    return tenant.signer.mint_grant


async def _parent(node: Node, tenant: Tenant, credential: str, client_ip: str | None) -> StoredKey:
    if looks_like_jwt(credential):
        raise _derived()
    try:
        authentic = await with_record(
            node, tenant, credential, lambda: tenant.verifier.authenticate(credential)
        )
    except TokenError:
        raise Problem("SIGNATURE_INVALID", "The credential is not valid here.") from None
    _check_bare(authentic)
    tenant.records.evict(authentic.header.key_id)
    key_id = authentic.header.key_id
    await current(node, tenant, partial(_alive, node, tenant, credential, key_id, client_ip))
    key = await node.store.get(tenant.name, key_id)
    if key is None:
        raise Problem("SIGNATURE_INVALID", "The credential is not valid here.")
    # Suspended since it was judged: a grant of the generation that this began would outlive it.
    if key.status != KeyStatus.ACTIVE:
        raise await _revoked(node, tenant, key.key_id)
    return key


async def _alive(
    node: Node, tenant: Tenant, credential: str, key_id: bytes, client_ip: str | None
) -> None:
    access = Access(now=node.now(), client_ip=client_ip)
    try:
        await with_record(
            node, tenant, credential, lambda: tenant.verifier.verify(credential, access)
        )
    except TokenRevoked:
        raise await _revoked(node, tenant, key_id) from None
    except TokenExpired:
        raise Problem("FAILED_PRECONDITION", "The API key has expired.") from None
    except CaveatUnmet as unmet:
        raise Problem("UNAUTHORIZED", str(unmet)) from None
    except TokenError:
        raise Problem("SIGNATURE_INVALID", "The credential is not valid here.") from None


async def _revoked(node: Node, tenant: Tenant, key_id: bytes) -> Problem:
    key = await node.store.get(tenant.name, key_id)
    if key is not None and is_suspended(tenant, key):
        return Problem("FORBIDDEN", "The key is suspended: resume it first.")
    return Problem("FORBIDDEN", "key is revoked")


def _check_bare(authentic: Authentic) -> None:
    if not isinstance(authentic.header, KeyHeader):
        raise _derived()
    if authentic.blocks or authentic.sealed:
        raise Problem(
            "INVALID_TOKEN_TYPE",
            "A narrowed or sealed key can't derive: its caveats would be lost. Use the bare key.",
        )


def _derived() -> Problem:
    return Problem("INVALID_TOKEN_TYPE", "A derived token can't derive another. Use the bare key.")


def _expiry(tenant: Tenant, key: StoredKey, ttl: int | None, now: int) -> int:
    if ttl is None:
        return min(now + tenant.settings.derived_default_ttl, key.expires_at)
    require_at_most(tenant.settings.max_ttl, ttl)
    if now + ttl > key.expires_at:
        raise invalid("ttl", "must not exceed what is left of the API key's life")
    return now + ttl


def _scopes(key: StoredKey, wish: Wish) -> tuple[str, ...]:
    asked = wish.scopes
    if not asked:
        return key.scopes
    if not set(asked) <= set(key.scopes):
        message = "scopes must be a subset of the API key's, word for word"
        if uncovered(key.scopes, asked) is None:
            message += _JWT_STAYS_WIDE if wish.jwt else _NARROW_AFTERWARDS
        raise Problem("FORBIDDEN", message, {"field": "scopes"})
    return tuple(asked)


_NARROW_AFTERWARDS = (
    "; to narrow one that ends in *, derive with it as it stands, and then append a Scopes caveat "
    "to the token (`marzipan token attenuate --scope`)"
)
_JWT_STAYS_WIDE = (
    "; a JWT can't be narrowed: derive a TOKEN_ALGORITHM_MACAROON, and append a Scopes caveat to "
    "it, or have a key issued that holds the narrower scope"
)


async def _audit(
    node: Node, tenant: Tenant, key: StoredKey, derivation: Derivation, caller: str
) -> None:
    event = AuditEvent(
        action=DERIVE,
        caller=caller,
        target=key.key_id.hex(),
        detail=msgspec.json.encode(derivation),
    )
    await node.commit(Change(tenant=tenant.name, at_ms=node.now_ms(), audit=event))
