"""A snapshot of every denylist of a node, all up to the same positions of the log.

    set = msgpack [version, database, [position, ...], {tenant: sealed manifest}]

Its digest is what the database remembers; the manifests (engine.parcels) name the bytes of each.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from blake3 import blake3

from engine.errors import SnapshotRefused
from engine.keyring import MasterSecret
from engine.parcels import Manifest, manifest, seal, unseal
from engine.snapshot import Snapshot
from storage.base import SHARDS

PORTION = 1024 * 1024  # bytes of a chunk, which is what Redis is asked for at once
LARGEST = 64 * 1024 * 1024  # bytes of a set, of which nearly all are digests of chunks
_VERSION = 1
_CONTEXT = "marzipan 2026-11 denylist snapshots v1"


class _Set(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=_VERSION, le=_VERSION)]
    database: str
    positions: Annotated[tuple[int, ...], msgspec.Meta(min_length=SHARDS, max_length=SHARDS)]
    manifests: dict[str, bytes]


class SnapshotSet(msgspec.Struct, frozen=True):
    """`data` is all of it as bytes, `digest` theirs, `manifests` what travels, by tenant."""

    data: bytes
    digest: bytes
    positions: tuple[int, ...]
    manifests: dict[str, Manifest]


def key_of(master: MasterSecret) -> bytes:
    """Under what a master's snapshots are sealed."""
    return master.derive(_CONTEXT)


def compose(
    snapshots: Sequence[Snapshot], *, key: bytes, database: str, positions: tuple[int, ...]
) -> SnapshotSet:
    """A set of these snapshots, one of each tenant."""
    manifests = {each.claim.tenant: manifest(each, PORTION) for each in snapshots}
    sealed = {tenant: seal(each, key) for tenant, each in manifests.items()}
    data = msgspec.msgpack.encode(_Set(_VERSION, database, positions, sealed))
    return SnapshotSet(data, blake3(data).digest(), positions, manifests)


def read(data: bytes, digest: bytes, *, key: bytes, database: str) -> SnapshotSet:
    """The set of that digest. Raises SnapshotRefused where these bytes are not it."""
    if blake3(data).digest() != digest:
        raise SnapshotRefused("a set of snapshots is not the one that the database names")
    try:
        told = msgspec.msgpack.decode(data, type=_Set)
    except msgspec.DecodeError as error:
        raise SnapshotRefused("a set of snapshots cannot be read") from error
    manifests = {tenant: unseal(each, key) for tenant, each in told.manifests.items()}
    for tenant, each in manifests.items():
        claim = (each.claim.tenant, each.claim.database, each.claim.positions)
        if claim != (tenant, told.database, told.positions):
            raise SnapshotRefused("a set of snapshots holds one of another tenant or moment")
    if told.database != database:
        raise SnapshotRefused("a set of snapshots is of another database")
    return SnapshotSet(data, digest, told.positions, manifests)
