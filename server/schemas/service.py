"""What the server tells about itself: health, version, public keys, its logs."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from engine import Kind
from server.keyids import key_id_text
from server.timestamps import from_seconds
from storage.base import LogEntry

from . import forms


class Health(msgspec.Struct, frozen=True):
    status: str = "ok"


class Version(msgspec.Struct, frozen=True):
    version: str
    python: str


class Jwk(msgspec.Struct, frozen=True, kw_only=True):
    """A public key (RFC 7517): `crv` and `x` of Ed25519 (RFC 8037), `n` and `e` of RSA."""

    kty: str
    kid: str
    use: str
    alg: str
    crv: str | UnsetType = UNSET
    x: str | UnsetType = UNSET
    n: str | UnsetType = UNSET
    e: str | UnsetType = UNSET


class JwkSet(msgspec.Struct, frozen=True):
    keys: tuple[Jwk, ...]


class JwksResponse(msgspec.Struct, frozen=True):
    """Both forms in one: Talos wraps the set, every other client wants it bare."""

    jwks: JwkSet
    keys: tuple[Jwk, ...]


class RevocationEntry(msgspec.Struct, frozen=True):
    """One row of the revocation log."""

    revision: forms.Position
    kind: forms.KindName
    target: forms.KeyId
    value: forms.Int64Text
    reason: str
    time: forms.Time
    expire_time: forms.Time


def told_entry(entry: LogEntry) -> RevocationEntry:
    """A revocation as it is printed."""
    return RevocationEntry(
        revision=f"{entry.shard}:{entry.seq}",
        kind=Kind(entry.kind).name.lower(),
        target=key_id_text(entry.target),
        value=str(entry.value),
        reason=entry.reason,
        time=from_seconds(entry.at),
        expire_time=from_seconds(entry.expires_at),
    )


class RevocationLog(msgspec.Struct, frozen=True):
    """`positions` is the `after` of the next call."""

    revocations: tuple[RevocationEntry, ...]
    positions: str


class AuditEntry(msgspec.Struct, frozen=True):
    """Who did what; `hash` chains it to the entry before."""

    position: forms.Position
    time: forms.Time
    action: str
    caller: str
    target: str
    detail: Any
    hash: forms.HexHash


class AuditPage(msgspec.Struct, frozen=True):
    audit: tuple[AuditEntry, ...]
    next_page_token: str


class AuditHead(msgspec.Struct, frozen=True):
    shard: int
    seq: int
    hash: forms.HexHash


class AuditHeads(msgspec.Struct, frozen=True):
    """In the form that `marzipan audit verify` takes."""

    heads: tuple[AuditHead, ...]


class OpenApiDocument(msgspec.Struct, frozen=True):
    """This document."""

    openapi: str
    info: dict[str, Any]
    servers: list[dict[str, Any]]
    tags: list[dict[str, str]]
    paths: dict[str, Any]
    components: dict[str, Any]
