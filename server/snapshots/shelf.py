"""The folder of a machine in which its nodes keep snapshots. Files are whole or not there.

<digest of the set>.set             what belongs together
<digest of the snapshot>.denylist   one tenant's, mapped by every process that reads it
"""

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from engine.errors import SnapshotRefused
from engine.parcels import Manifest
from engine.snapshot import Snapshot
from engine.snapshot_file import assemble, open_snapshot, write

from .sets import LARGEST, SnapshotSet

KEPT = 2  # sets
# A file that is being written has a name of its own; one so old was left by a crash.
_LEFT_S = 3600.0


class Shelf:
    """Everything here blocks, and raises OSError where the folder can't be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def set_of(self, digest: bytes) -> bytes | None:
        """The bytes of a set that is kept here, whatever they are."""
        path = self._folder / f"{digest.hex()}.set"
        try:
            return path.read_bytes() if path.stat().st_size <= LARGEST else None
        except FileNotFoundError:
            return None

    def open(self, manifest: Manifest, key: bytes) -> Snapshot | None:
        """The snapshot, where it is kept here. Raises SnapshotRefused for one that was changed."""
        claim = manifest.claim
        path = self._file(manifest.digest)
        if not path.exists():
            return None
        snapshot = open_snapshot(path, key, tenant=claim.tenant, database=claim.database)
        if snapshot.digest != manifest.digest or snapshot.claim != claim:
            raise SnapshotRefused("a file holds another snapshot than it is named after")
        return snapshot

    def fetch(self, manifest: Manifest, chunks: Iterable[bytes], key: bytes) -> Snapshot:
        """Keep a snapshot that comes in chunks. Raises SnapshotRefused, and keeps nothing then."""
        self._make()
        snapshot = assemble(chunks, self._file(manifest.digest), key, manifest)
        if snapshot.digest != manifest.digest or snapshot.claim != manifest.claim:
            self._file(manifest.digest).unlink()
            raise SnapshotRefused("its chunks are of another snapshot than its manifest names")
        return snapshot

    def place(self) -> Path:
        """Where a snapshot is to be written whose digest is not known yet; see `name`."""
        self._make()
        return self._folder / f".{secrets.token_hex(8)}.denylist"

    def name(self, written: Path, snapshot: Snapshot) -> None:
        """Keep what was written to a `place` under its own name."""
        os.replace(written, self._file(snapshot.digest))

    @contextlib.contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether nobody else of this machine makes a snapshot here, and won't within."""
        self._make()
        lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(lock)

    def keep(self, kept: SnapshotSet, others: Callable[[bytes, bytes], SnapshotSet]) -> None:
        """Keep a set, whose snapshots are here, and of all others the newest that KEPT allows.

        `others` reads a set from its bytes and digest, and raises SnapshotRefused.
        """
        write(self._folder / f"{kept.digest.hex()}.set", [kept.data])
        used = set[str]()
        sets = sorted(self._folder.glob("*.set"), key=lambda path: -path.stat().st_mtime)
        for number, path in enumerate(sets):
            if number >= KEPT:
                path.unlink(missing_ok=True)
                continue
            with contextlib.suppress(SnapshotRefused, ValueError, FileNotFoundError):
                manifests = others(path.read_bytes(), bytes.fromhex(path.stem)).manifests
                used |= {self._file(each.digest).name for each in manifests.values()}
        self._tidy(used)

    def _tidy(self, used: Collection[str]) -> None:
        for path in self._folder.glob("*.denylist"):
            with contextlib.suppress(FileNotFoundError):
                # Another process may be about to name a new one in a set. Who has an old one mapped
                # keeps it.
                old = time.time() - path.stat().st_mtime > _LEFT_S
                if old and path.name not in used:
                    path.unlink()

    def _file(self, digest: bytes) -> Path:
        return self._folder / f"{digest.hex()}.denylist"

    def _make(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
