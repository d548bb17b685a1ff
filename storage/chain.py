"""The audit's chain: every row's hash covers the one before it, under a key the database lacks.

Per shard, B3 being keyed BLAKE3, for each row:
    hash = B3(key of its master, 0x01 || previous hash || msgpack of all other fields)
and for its end, beside the counter:
    seal = u8 master id || B3(key, 0x02 || msgpack (shard, seq, hash))

So whoever can write the database alone can forge no row, and the seal of an earlier end is not to
be had from the rows. What he can do unseen is to put the file, or one shard with its counter, back
to a state that he kept (nothing at all is such a state): only a head that was exported tells that.

Rows of before there were keys, master id 0, have SHA-256(previous hash || msgpack of the fields but
master_id) and no seal. Nothing keeps others from forging those; they can stand only first.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

import msgspec
from blake3 import blake3

from .base import AuditBreak, AuditHead, AuditRow

GENESIS = bytes(32)
# What follows an end whose seal does not hold: the chain shows for ever that it was broken there.
BROKEN = b"\xff" * 32
UNKEYED = 0


class AuditKeys:
    """The audit's keys by master id, 32 bytes each; rows are written under the current one."""

    __slots__ = ("_keys", "current")

    def __init__(self, current: int = UNKEYED, keys: Mapping[int, bytes] | None = None) -> None:
        self._keys = dict(keys or {})
        if current != UNKEYED and current not in self._keys:
            raise ValueError("the current master's key is not among the audit's keys")
        if any(len(key) != 32 or not 1 <= id <= 255 for id, key in self._keys.items()):
            raise ValueError("a key of the audit is 32 bytes, and its master id 1 to 255")
        self.current = current

    def knows(self, master_id: int) -> bool:
        """Whether rows of this master can be checked."""
        return master_id == UNKEYED or master_id in self._keys

    def hash(self, row: AuditRow) -> bytes:
        """The hash that the row has to have. Its master must be known."""
        fields = (
            row.shard,
            row.seq,
            row.tenant,
            row.at_ms,
            row.action,
            row.caller,
            row.target,
            row.detail,
        )
        if row.master_id == UNKEYED:
            return hashlib.sha256(row.previous + msgspec.msgpack.encode(fields)).digest()
        covered = b"\x01" + row.previous + msgspec.msgpack.encode((*fields, row.master_id))
        return blake3(covered, key=self._keys[row.master_id]).digest()

    def seal(self, head: AuditHead) -> bytes:
        """The seal of an end, under the current key; empty where there is none."""
        return self._seal(self.current, head) if self.current != UNKEYED else b""

    def is_sealed(self, head: AuditHead, seal: bytes) -> bool:
        """Whether the seal is one of ours, of exactly this end."""
        if not seal or seal[0] not in self._keys:
            return False
        return hmac.compare_digest(self._seal(seal[0], head), seal)

    def _seal(self, master_id: int, head: AuditHead) -> bytes:
        covered = b"\x02" + msgspec.msgpack.encode((head.shard, head.seq, head.hash))
        return bytes([master_id]) + blake3(covered, key=self._keys[master_id]).digest()

    def __repr__(self) -> str:
        return f"AuditKeys(current={self.current})"


class Walk:
    """One shard's rows against its chain, its end, and the heads that were exported of it.

    `take` is given the rows in order, then `finish` the counter; each answers what does not fit.
    Without any key only the links and the rows of before there were keys can be judged.
    `unkeyed`: whether those are accepted where no exported head covers them.
    """

    def __init__(
        self, shard: int, keys: AuditKeys, heads: Iterable[AuditHead] = (), unkeyed: bool = False
    ) -> None:
        self._keys = keys
        self._heads = {head.seq: head.hash for head in heads if head.shard == shard}
        self._covered = max(self._heads, default=0)
        self._judges = keys.current != UNKEYED
        self._unkeyed = unkeyed or not self._judges
        self._left: set[int] = set()
        self._row: AuditRow | None = None
        self.last = AuditHead(shard=shard, seq=0, hash=GENESIS)

    def take(self, row: AuditRow) -> AuditBreak | None:
        """Whether the next row fits."""
        if why := self._misfit(row):
            return self._break(why)
        self._row = row
        self.last = AuditHead(shard=self.last.shard, seq=row.seq, hash=row.hash)
        return None

    def finish(self, end: AuditHead, seal: bytes) -> AuditBreak | None:
        """Whether the rows end as the shard's counter and the exported heads say."""
        why = self._misfit_end(end, seal)
        return self._break(why) if why else None

    def _break(self, why: str) -> AuditBreak:
        return AuditBreak(shard=self.last.shard, seq=self.last.seq + 1, why=why)

    def _misfit(self, row: AuditRow) -> str | None:
        last = self.last
        if row.seq != last.seq + 1:
            return "a row is missing"
        if row.previous != last.hash:
            cut = "rows before it were cut off or altered, and then a server went on writing"
            return cut if row.previous == BROKEN else "it does not follow the row before it"
        if self._row is not None and self._row.master_id != row.master_id:
            self._left.add(self._row.master_id)
        if row.master_id in self._left or (row.master_id == UNKEYED and self._left):
            return "it is under a key that the rows before it had left"
        if row.master_id == UNKEYED and not self._unkeyed and row.seq > self._covered:
            return "it is chained without a key: of before there was one, or forged"
        if self._judges or row.master_id == UNKEYED:
            if not self._keys.knows(row.master_id):
                return f"it is under master {row.master_id}, which the secret file lacks"
            if not hmac.compare_digest(self._keys.hash(row), row.hash):
                return "it was altered"
        if self._heads.get(row.seq, row.hash) != row.hash:
            return "it is another row than the one whose head was exported"
        return None

    def _misfit_end(self, end: AuditHead, seal: bytes) -> str | None:
        if self.last != end:
            return "rows are missing at the end, or the counter was changed"
        if self._covered > self.last.seq:
            return "rows are gone whose head was exported"
        keyed = self._row is not None and self._row.master_id != UNKEYED
        if self._judges and keyed and not self._keys.is_sealed(end, seal):
            return "the end is not sealed as this house does: rows behind it may have been cut off"
        return None
