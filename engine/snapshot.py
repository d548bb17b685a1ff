"""A denylist's cold tier: an immutable file of all that was revoked up to a place in the log.

    file    = magic(8) || digest(32) || u32le length || header || zeros to a multiple of 64 || runs
    header  = msgpack [tenant, database, [position, ...], now, previous digest,
                       [[values, count, until, [count of kind 0..7]], ...]]

The digest is keyed BLAKE3 of all that follows it, and names the snapshot. Each run's length follows
from its count; `_run_py.py` says what is in it. Nothing here touches a file: see snapshot_file.py.
"""

import hmac
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
from blake3 import blake3

from ._compaction_py import CHILDREN, Run
from ._run_py import Entry, Seed, find, numbers, records, shape
from .errors import SnapshotRefused

_MAGIC = b"MZdeny\x00\x01"
_START = len(_MAGIC) + 32  # where that begins which the digest is of
_NONE = bytes(32)
_HEADER_LIMIT = 65_536
_RUNS = 3

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Some = Annotated[int, msgspec.Meta(ge=1, lt=2**32)]
_Text = Annotated[str, msgspec.Meta(max_length=256)]
_Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Claim(msgspec.Struct, frozen=True):
    """What a snapshot says to hold: whose revocations, of which database, up to where in its log.

    database: tells a database from one restored from a backup, whose log is another.
    positions: the seq of every shard, in order, up to which all entries are in it. There may be
    later ones as well.
    """

    tenant: _Text
    database: _Text
    positions: Annotated[tuple[_Count, ...], msgspec.Meta(max_length=1024)]


class _RunHead(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    values: bool
    count: _Some
    until: _Count
    kinds: Annotated[tuple[_Count, ...], msgspec.Meta(min_length=8, max_length=8)]


class _Header(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    tenant: _Text
    database: _Text
    positions: Annotated[tuple[_Count, ...], msgspec.Meta(max_length=1024)]
    now: _Count
    previous: _Digest
    runs: Annotated[tuple[_RunHead, ...], msgspec.Meta(max_length=2 * _RUNS)]


_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[Any], _Header] = msgspec.msgpack.Decoder(_Header).decode


def _derived(key: bytes, what: str) -> bytes:
    if len(key) < 32:
        raise ValueError("the key of snapshots is at least 32 bytes")
    return blake3(key, derive_key_context=f"marzipan 2026-11 denylist snapshot {what} v1").digest()


def seed_of(key: bytes) -> bytes:
    """The secret on which the order of a snapshot's records rests; one for each key."""
    return _derived(key, "seed")


def digest_of(key: bytes, parts: Sequence[bytes | memoryview]) -> bytes:
    """The digest of a snapshot that goes on with these parts behind its digest."""
    hasher = blake3(key=_derived(key, "digest"))
    for part in parts:
        hasher.update(part)
    return hasher.digest()


def compose(
    runs: Sequence[Run], *, key: bytes, claim: Claim, now: int, previous: bytes = _NONE
) -> list[bytes]:
    """A snapshot's bytes, in parts that follow one another."""
    heads = tuple(
        _RunHead(values, count, until, tuple(kinds)) for values, count, until, kinds, _ in runs
    )
    header = _encode(_Header(claim.tenant, claim.database, claim.positions, now, previous, heads))
    start = len(header).to_bytes(4, "little") + header
    start += bytes(-(_START + len(start)) % 64)
    parts = [start, *(run[4] for run in runs)]
    return [_MAGIC, digest_of(key, parts), *parts]


class Snapshot:
    """One that was verified. Its memory must not change while it is there."""

    def __init__(self, data: memoryview, key: bytes) -> None:
        """Raises SnapshotRefused where the bytes are not what someone with the key composed."""
        if data[: len(_MAGIC)] != _MAGIC:
            raise SnapshotRefused("it is no snapshot of a denylist, or of a version not known here")
        self.data = data
        self.digest = bytes(data[len(_MAGIC) : _START])
        if not hmac.compare_digest(digest_of(key, [data[_START:]]), self.digest):
            raise SnapshotRefused("its digest does not match: cut, changed, or of another cluster")
        length = int.from_bytes(data[_START : _START + 4], "little")
        try:
            if length > _HEADER_LIMIT:
                raise msgspec.ValidationError("too long")
            header = _decode(data[_START + 4 : _START + 4 + length])
        except msgspec.DecodeError as error:
            raise SnapshotRefused("its header cannot be read") from error
        self.claim = Claim(header.tenant, header.database, header.positions)
        self.now, self.previous, self.seed = header.now, header.previous, seed_of(key)
        end = (_START + 4 + length + 63) & ~63
        runs = []
        for run in header.runs:
            wrong = run.kinds[0] + sum(
                run.kinds[1:CHILDREN] if run.values else run.kinds[CHILDREN:]
            )
            if wrong or sum(run.kinds) != run.count:
                raise SnapshotRefused("a run of it holds other kinds than it may")
            runs.append((end, run.values, run.count, run.until, run.kinds))
            end += shape(run.values, run.count).size
        if max([0, *(sum(run[1] is values for run in runs) for values in (False, True))]) > _RUNS:
            raise SnapshotRefused("it has more runs than there may be")
        if end != len(data):
            raise SnapshotRefused("it is not as long as its header says")
        # (offset, values, count, until, kinds) of each
        self.runs = tuple(runs)
        self._seed: Seed = numbers(self.seed)

    def __len__(self) -> int:
        return sum(run[2] for run in self.runs)

    def __repr__(self) -> str:
        return f"<Snapshot of {len(self)} revocations of {self.claim.tenant!r}>"

    def find(self, kind: int, target: bytes) -> Entry | None:
        """The entry of this kind and target."""
        for offset, values, count, _, _ in self.runs:
            if values is (kind >= CHILDREN):
                entry = find(self.data[offset:], values, count, self._seed, kind, target)
                if entry is not None:
                    return entry
        return None

    def entries(self) -> Iterator[Entry]:
        """All entries, run after run."""
        for offset, values, count, _, _ in self.runs:
            yield from records(self.data[offset:], values, count)
