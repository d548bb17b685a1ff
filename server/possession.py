"""Revocation by whoever holds a credential: proof of possession is the only credential needed.

The chain and the key's row are checked, the caveats are not: a leaked token that is good for
nothing else can still be killed. Only its last link dies, so a child can never kill its parent.
"""

from engine import Debit, KeyStatus, Kind, Revocation, TokenError, Visibility
from engine.authentic import Authentic
from engine.formats.jwt import looks_like_jwt
from engine.header import KeyHeader
from storage.base import AuditEvent, Change, LogEntry, NewRevocation, StoredKey

from .changing import DAY, horizon
from .current import admits
from .freshness import not_fresh
from .keys import AlreadyRevoked, revoke
from .node import Node, Tenant
from .problems import Problem
from .proof import Proof, is_pinned, prove
from .verifying import with_record

# Blocks, which their holders make offline. Keys and grants are made here, and die once each.
PER_PARENT_AND_DAY = 1_000
PER_DEPTH_AND_DAY = 5_000
KEY_COMPROMISE = 1


async def revoke_last_link(
    node: Node, served: Tenant, credential: str, reason: int = KEY_COMPROMISE
) -> tuple[Kind, bytes, LogEntry | None]:
    """Revoke what the credential's last link names; None for the entry where it already was.

    It may be of the tenant that is `served`, or an admin key that is good there. `reason` is kept
    in the row of a key; nothing else has one.
    Raises Problem 404 for a credential not made here, 403 for a public key and what was narrowed
    from it (everybody holds one), 429 when too many blocks of one parent were revoked today.
    """
    proof = await prove(node, served, credential)
    tenant = proof.tenant
    kind, target = _last_link(proof.authentic)
    if isinstance(proof.authentic.header, KeyHeader):
        _require_secret(proof.key)
    if kind == Kind.KEY:
        return kind, target, await _revoke_key(node, tenant, proof.key, reason)
    # In turn: of many copies sent at once each would find nothing standing, write an audit event,
    # and use up what the holders of its siblings may revoke.
    async with node.turns.of(tenant.name, target):
        return kind, target, await _revoke_below(node, proof, kind, target)


async def _revoke_below(node: Node, proof: Proof, kind: Kind, target: bytes) -> LogEntry | None:
    tenant, entry = proof.tenant, _entry(proof, kind, target)
    if entry.expires_at <= node.now():  # it expired so long ago that it is dead for good
        return None
    # All below a revoked key is dead: whoever holds it can fill the log no further.
    if proof.key.status == KeyStatus.REVOKED:
        return None
    standing = await node.store.standing(tenant.name, kind, target)
    # One that is forgotten earlier would let the token live again.
    if standing is not None and standing.expires_at >= entry.expires_at:
        return None
    if kind == Kind.BLOCK:
        await _limit(node, proof)
    event = AuditEvent(
        action=f"{kind.name.lower()}.revoke", caller="possession", target=target.hex()
    )
    written = await node.commit(
        Change(tenant=tenant.name, at_ms=node.now_ms(), audit=event, revoke=(entry,))
    )
    return written[0] if written else None


async def self_revoke(node: Node, tenant: Tenant, credential: str, reason: int) -> None:
    """Revoke the bare key that the credential is. Raises Problem with the compatible statuses.

    Revoking again is success; anything below a key is refused, its own route is tokens:revoke.
    """
    # What a text looks like decides, as it does for verify: no proof is needed to refuse it.
    if looks_like_jwt(credential) or credential.startswith(tenant.derived):
        raise _not_bare()
    try:
        verifier = tenant.verifier
        authentic = await with_record(
            node, tenant, credential, lambda: verifier.authenticate(credential)
        )
    except TokenError:
        if not admits(node, tenant, node.freshness.clock()):
            # It may have been imported elsewhere lately: that can't be told now.
            raise not_fresh() from None
        raise Problem("API_KEY_NOT_FOUND", "API key not found") from None
    if not isinstance(authentic.header, KeyHeader) or authentic.blocks or authentic.sealed:
        raise _not_bare()
    key = await node.store.get(tenant.name, authentic.header.key_id)
    if key is None or not is_pinned(key, authentic):
        raise Problem("API_KEY_NOT_FOUND", "API key not found")
    if key.status == KeyStatus.REVOKED:
        return
    if key.expires_at <= node.now():
        raise Problem("API_KEY_EXPIRED", "The API key has expired.")
    await _revoke_key(node, tenant, key, reason)


def _not_bare() -> Problem:
    return Problem(
        "DERIVED_TOKEN_NOT_REVOCABLE",
        "Only a bare API key revokes itself here; send this token to /v1/tokens:revoke.",
    )


def _last_link(authentic: Authentic) -> tuple[Kind, bytes]:
    if authentic.revocation_ids:
        return Kind.BLOCK, authentic.revocation_ids[-1]
    if authentic.grant_id is not None:
        return Kind.GRANT, authentic.grant_id
    return Kind.KEY, authentic.header.key_id


def _entry(proof: Proof, kind: Kind, target: bytes) -> NewRevocation:
    return NewRevocation(
        revocation=Revocation(kind, target),
        expires_at=horizon(proof.tenant, proof.key.issued_at, proof.ends),
        reason="possession",
    )


def _require_secret(key: StoredKey) -> None:
    if key.visibility == Visibility.PUBLIC:
        raise Problem("FORBIDDEN", "A public key is no proof of possession; ask an administrator.")


async def _revoke_key(node: Node, tenant: Tenant, key: StoredKey, reason: int) -> LogEntry | None:
    _require_secret(key)
    if key.status == KeyStatus.REVOKED:
        return None
    try:
        entries = await revoke(node, tenant, key.key_id, reason, "", "possession")
    except AlreadyRevoked:
        return None
    return entries[0] if entries else None


_DEEPEST = 0x3E  # below the 0xFF of the counters per parent


def _debits(authentic: Authentic) -> list[Debit]:
    """What revoking a block costs.

    Only who holds a link can make and revoke what is below it, so that the parent's counter can't
    be used up by a child, nor by a child's children. The other one, of all blocks at this depth,
    bounds what one root writes by making parents: to use it up takes several holders of parents,
    and it concerns no link at another depth.
    """
    links = authentic.revocation_ids
    root = authentic.grant_id or authentic.header.key_id
    parent = links[-2] if len(links) > 1 else root
    # No Budget has these counters: a caveat's position is below 32.
    debits = [Debit(parent + b"\xff", "revocations", 1, PER_PARENT_AND_DAY, DAY)]
    if len(links) > 1:
        # A macaroon of another system has more links than native tokens may: the deepest share one.
        counter = root + bytes([0xC0 + min(len(links), _DEEPEST)])
        debits.append(Debit(counter, "revocations", 1, PER_DEPTH_AND_DAY, DAY))
    return debits


async def _limit(node: Node, proof: Proof) -> None:
    debits = _debits(proof.authentic)
    if await node.store.debit(proof.tenant.name, debits, node.now()) is not None:
        raise Problem(
            "TOO_MANY_REQUESTS",
            "Too much was revoked below this token's parent today: revoke the parent itself, or "
            "ask an administrator.",
        )
