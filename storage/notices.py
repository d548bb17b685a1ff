"""Entries of the revocation log that kill nothing: what other nodes must drop from their memory.

They go the way of revocations, in the same order, and are written by the store itself with every
change that concerns what nodes cache, so that no caller can forget it. They expire early: a node
that was away for longer finds a gap in the log, and drops all that it has cached.
"""

import enum
from collections.abc import Iterable
from typing import NamedTuple

from engine.types import Kind

from . import rules
from .base import Change, KeyKind, LogEntry

LIFE_S = 3600  # longer than any lease, and than most breaks of a connection


class Notice(enum.IntEnum):
    """Kinds of entries beside `engine.types.Kind`, which has the numbers below 64."""

    RECORD = 64  # the row of key `target` was changed or is gone
    IMPORTED = 65  # a key was imported; `reason` is its kind of hash, "" where it has none
    EPOCH = 66  # the tenant's epoch is now `value`; the target says nothing


class NewNotice(NamedTuple):
    """A notice that a change implies."""

    kind: Notice
    target: bytes
    value: int = 0
    reason: str = ""


_KINDS: dict[int, int] = {int(kind): kind for kind in (*Kind, *Notice)}


def kind_of(number: int) -> int:
    """The Kind or Notice with this number, or the number itself where a newer version wrote it."""
    return _KINDS.get(number, number)


def is_known(number: int) -> bool:
    """Whether this version knows what an entry of this kind says."""
    return number in _KINDS


def notices(change: Change) -> list[NewNotice]:
    """Everything that other nodes must be told of a change beside its revocations, in order."""
    changed = [old.key_id for old, _ in change.replace]
    changed += [revoked.key_id for revoked in change.revoke_keys]
    changed += [key.key_id for key in change.delete]
    found = [NewNotice(Notice.RECORD, key_id) for key_id in dict.fromkeys(changed)]
    # One of each kind of hash is enough: it makes nodes forget what nobody's key was.
    imported = {k.hash_kind or "": k.key_id for k in change.insert if k.kind is KeyKind.IMPORTED}
    found += [NewNotice(Notice.IMPORTED, id_, reason=kind) for kind, id_ in imported.items()]
    if change.raise_epoch is not None:
        found.append(NewNotice(Notice.EPOCH, bytes(16), change.raise_epoch + 1))
    return found


def notice_entry(change: Change, notice: NewNotice) -> LogEntry:
    """The entry of a notice, before it has its place (seq 0)."""
    at = change.at_ms // 1000
    return LogEntry(
        shard=rules.log_shard(notice.target),
        seq=0,
        tenant=change.tenant,
        kind=notice.kind,
        target=notice.target,
        value=notice.value,
        expires_at=min(at + LIFE_S, rules.INTEGER),
        reason=notice.reason,
        at=at,
    )


def unsaid(change: Change, revoked: Iterable[bytes]) -> list[NewNotice]:
    """The notices of a change but for those that an entry for the same key makes needless."""
    said = set(revoked)
    return [
        each for each in notices(change) if each.kind != Notice.RECORD or each.target not in said
    ]
