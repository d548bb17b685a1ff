"""Snapshots as files: the only place where the engine touches any, by a path it is given.

A file is there whole or not at all, and is never changed: who has it mapped keeps what it was.
"""

import mmap
import os
import secrets
from collections.abc import Iterable

from .compaction import merge
from .denylist import Denylist
from .errors import SnapshotRefused
from .parcels import Manifest, checked
from .snapshot import Claim, Snapshot, compose, seed_of


def write(path: str | os.PathLike[str], parts: Iterable[bytes | memoryview]) -> None:
    """Write a file of these parts, durably, in place of one of that name. Raises OSError."""
    place, name = os.path.split(os.fspath(path))
    meanwhile = os.path.join(place, f".{name}.{secrets.token_hex(8)}")
    try:
        file = os.open(meanwhile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            for part in parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(meanwhile, path)
    except BaseException:
        if os.path.exists(meanwhile):
            os.unlink(meanwhile)
        raise
    folder = os.open(place or ".", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_snapshot(
    path: str | os.PathLike[str], key: bytes, *, tenant: str, database: str
) -> Snapshot:
    """Map a snapshot of this tenant and database. Raises OSError, or SnapshotRefused.

    It reads the whole file once, without the GIL: some 0.1 s for every 300 MB.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        if not os.fstat(file).st_size:
            raise SnapshotRefused("it is empty")
        data = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(file)
    snapshot = Snapshot(memoryview(data), key)
    if snapshot.claim.tenant != tenant:
        raise SnapshotRefused("it is of another tenant")
    if snapshot.claim.database != database:
        raise SnapshotRefused("it is of another database, or of one that was restored since")
    return snapshot


def assemble(
    chunks: Iterable[bytes], path: str | os.PathLike[str], key: bytes, manifest: Manifest
) -> Snapshot:
    """Write a snapshot that came in chunks (see parcels.py), and map it.

    Each chunk is checked before it is written; where one is refused, a file of that name is left as
    it was. Raises OSError, or SnapshotRefused.
    """
    claim = manifest.claim
    write(path, checked(manifest, chunks))
    return open_snapshot(path, key, tenant=claim.tenant, database=claim.database)


def compact(
    denylist: Denylist, path: str | os.PathLike[str], *, key: bytes, claim: Claim, now: int
) -> Snapshot:
    """Write all that the denylist holds and that expires after now (Unix seconds) into a snapshot.

    The denylist may be asked and added to meanwhile, from other threads; it is what it was until it
    adopts the snapshot. The claim's positions are read before this is called: what is added later
    may be in the snapshot or not. Raises OSError, and RuntimeError where another thread is merging,
    pruning or adopting.
    """
    adopted, now = denylist.adopted, max(now, denylist.pruned)
    runs = merge(denylist, seed_of(key), now)
    previous = bytes(32) if adopted is None else adopted.digest
    write(path, compose(runs, key=key, claim=claim, now=now, previous=previous))
    return open_snapshot(path, key, tenant=claim.tenant, database=claim.database)
