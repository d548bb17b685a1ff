"""What a message on the stream is, and whose it is: whoever can write to Redis can't make one.

    message = u8 version || u8 n || n x (u8 master id || mac (16)) || body
    mac     = BLAKE3 keyed by derive("marzipan 2026-11 revocation stream key v1") of that master,
              over u8 len(stream name) || stream name || body
    body    = msgpack [sender: bin(16), count, [entry, ...]]

A sender signs under its current master and under those retired ones that still admit grants; a
reader needs one that it knows. So nodes understand each other while they restart one after another
with a new secret, and a retired secret is good for no more here than for grants.
A message without entries is a beat: it proves that the stream carries.
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import msgspec
from blake3 import blake3

from engine import Keyring
from engine.keyring import MasterSecret
from engine.limits import INTEGER
from storage.base import SHARDS, LogEntry
from storage.notices import Notice, kind_of

ENTRIES = 128  # most entries of a message
LARGEST = 64 * 1024  # bytes of a message
_VERSION = 1
_MASTERS = 4
_MAC = 16
_SIGNED = 1 + _MAC
_CONTEXT = "marzipan 2026-11 revocation stream key v1"

_Integer = Annotated[int, msgspec.Meta(ge=0, le=INTEGER)]
_Id = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    shard: Annotated[int, msgspec.Meta(ge=0, lt=SHARDS)]
    seq: Annotated[int, msgspec.Meta(ge=1, le=INTEGER)]
    tenant: Annotated[str, msgspec.Meta(max_length=255)]
    kind: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    target: _Id
    value: _Integer
    expires_at: _Integer
    reason: Annotated[str, msgspec.Meta(max_length=64)]
    at: _Integer


class _Body(msgspec.Struct, frozen=True, array_like=True):
    sender: _Id
    count: _Integer
    entries: Annotated[tuple[_Entry, ...], msgspec.Meta(max_length=ENTRIES)]


class Heard(msgspec.Struct, frozen=True):
    """An authentic message. `count` grows with every message of a sender.

    `entries` is None where a newer version wrote what this one does not understand. Of revocations
    the reason is left out: no verdict rests on it.
    """

    sender: bytes
    count: int
    entries: Sequence[LogEntry] | None


class Seals:
    """Seals and opens the messages of one stream. `now` gives Unix seconds."""

    def __init__(self, keyring: Keyring, stream: str, now: Callable[[], int]) -> None:
        masters = (keyring.current, *sorted(keyring.retired, key=_retired_at, reverse=True))
        self._masters = {each.id: (each, each.derive(_CONTEXT)) for each in masters[:_MASTERS]}
        self._name = bytes([len(stream)]) + stream.encode()
        self._now = now

    def seal(self, sender: bytes, count: int, entries: Iterable[LogEntry] = ()) -> bytes:
        """A message of at most ENTRIES entries."""
        wire = tuple(_wire(entry) for entry in entries)
        body = msgspec.msgpack.encode(_Body(sender, count, wire))
        macs = [
            bytes([number]) + self._mac(key, body)
            for number, (master, key) in self._masters.items()
            if self._admitted(master)
        ]
        return bytes([_VERSION, len(macs)]) + b"".join(macs) + body

    def open(self, message: bytes) -> Heard | None:
        """What an authentic message says; None for any other."""
        if not 2 < len(message) <= LARGEST or message[0] != _VERSION:
            return None
        count = message[1]
        if not 1 <= count <= _MASTERS:
            return None
        body = message[2 + count * _SIGNED :]
        if not any(
            self._authentic(message[at : at + _SIGNED], body)
            for at in range(2, 2 + count * _SIGNED, _SIGNED)
        ):
            return None
        return _decode(body)

    def _authentic(self, signed: bytes, body: bytes) -> bool:
        known = self._masters.get(signed[0]) if signed else None
        if known is None or not self._admitted(known[0]):
            return False
        return hmac.compare_digest(signed[1:], self._mac(known[1], body))

    def _admitted(self, master: MasterSecret) -> bool:
        if master.retired_at is None:
            return True
        return master.end is not None and self._now() < master.end

    def _mac(self, key: bytes, body: bytes) -> bytes:
        return blake3(self._name + body, key=key).digest(_MAC)


def _wire(entry: LogEntry) -> _Entry:
    return _Entry(
        shard=entry.shard,
        seq=entry.seq,
        tenant=entry.tenant,
        kind=entry.kind,
        target=entry.target,
        value=entry.value,
        expires_at=entry.expires_at,
        # Why something was revoked is nobody's business who can read Redis.
        reason=entry.reason if isinstance(kind_of(entry.kind), Notice) else "",
        at=entry.at,
    )


def _retired_at(master: MasterSecret) -> int:
    return master.retired_at or 0


def _decode(body: bytes) -> Heard | None:
    try:
        read = msgspec.msgpack.decode(body, type=_Body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _newer(body)
    entries = [
        LogEntry(
            shard=each.shard,
            seq=each.seq,
            tenant=each.tenant,
            kind=kind_of(each.kind),
            target=each.target,
            value=each.value,
            expires_at=each.expires_at,
            reason=each.reason,
            at=each.at,
        )
        for each in read.entries
    ]
    return Heard(read.sender, read.count, entries)


def _newer(body: bytes) -> Heard | None:
    """An authentic message of which only the beginning is understood."""
    try:
        sender, count, *_ = msgspec.msgpack.decode(body, type=list[object])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return None
    if isinstance(sender, bytes) and len(sender) == 16 and isinstance(count, int):
        return Heard(sender, count, None)
    return None
