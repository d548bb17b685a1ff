"""A snapshot cut into chunks, to be carried by a store that nobody has to trust.

Chunk i goes under a key of its own, and a sealed manifest beside them says how many there are, how
long, and their digests: so a chunk that was lost, cut or changed is refused when it arrives, and no
more is ever fetched than someone with the key announced. The snapshot itself is verified as always.
"""

import hmac
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from blake3 import blake3

from .errors import SnapshotRefused
from .snapshot import Claim, Snapshot

_LIMIT = 4 << 20  # bytes of a sealed manifest
_Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Manifest(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What travels. digest: the snapshot's own. portion: bytes of every chunk but the last."""

    claim: Claim
    digest: _Digest
    size: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    portion: Annotated[int, msgspec.Meta(ge=1, le=1 << 30)]
    chunks: tuple[_Digest, ...]

    def length(self, number: int) -> int:
        """Bytes of a chunk."""
        return min(self.portion, self.size - number * self.portion)


_decoder = msgspec.msgpack.Decoder(Manifest)


def chunks(snapshot: Snapshot, portion: int) -> Iterator[memoryview]:
    """Its bytes, `portion` at a time."""
    for start in range(0, len(snapshot.data), portion):
        yield snapshot.data[start : start + portion]


def manifest(snapshot: Snapshot, portion: int) -> Manifest:
    """What is to be known of a snapshot before its chunks of so many bytes are fetched."""
    digests = tuple(blake3(chunk).digest() for chunk in chunks(snapshot, portion))
    size = len(snapshot.data)
    return Manifest(snapshot.claim, snapshot.digest, size, portion, digests)


def _tag(key: bytes, body: bytes) -> bytes:
    derived = blake3(key, derive_key_context="marzipan 2026-11 denylist manifest v1").digest()
    return blake3(body, key=derived).digest()


def seal(manifest: Manifest, key: bytes) -> bytes:
    """A manifest as bytes that only someone with the key could have made."""
    body = msgspec.msgpack.encode(manifest)
    return _tag(key, body) + body


def unseal(data: bytes, key: bytes) -> Manifest:
    """The manifest. Raises SnapshotRefused where it was changed or makes no sense."""
    if len(data) > _LIMIT or not hmac.compare_digest(_tag(key, data[32:]), data[:32]):
        raise SnapshotRefused("its manifest was cut, changed, or is of another cluster")
    try:
        made = _decoder.decode(data[32:])
    except msgspec.DecodeError as error:
        raise SnapshotRefused("its manifest cannot be read") from error
    if len(made.chunks) != -(-made.size // made.portion):
        raise SnapshotRefused("its manifest has another number of chunks than its size asks for")
    return made


def checked(manifest: Manifest, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, in order, each once it is known to be the right one. Raises SnapshotRefused."""
    number = 0
    for chunk in chunks:
        if number == len(manifest.chunks) or len(chunk) != manifest.length(number):
            raise SnapshotRefused(f"chunk {number} is not as long as its manifest says")
        if blake3(chunk).digest() != manifest.chunks[number]:
            raise SnapshotRefused(f"chunk {number} is not the one that its manifest names")
        number += 1
        yield chunk
    if number != len(manifest.chunks):
        raise SnapshotRefused(f"chunk {number} is missing")
