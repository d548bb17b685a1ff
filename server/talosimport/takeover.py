"""Writes the rows of a Talos database into this one. Doing it again changes nothing.

What stands here already is left as it is, with one exception: where Talos has revoked a key since,
it is revoked here too. What was revoked or deleted here never comes back.
"""

import asyncio
import itertools
from collections.abc import Callable
from uuid import UUID

import msgspec

from engine import KeyStatus, Kind, Revocation
from server import keys
from server.changing import horizon, is_revoked
from server.node import Node
from server.problems import Problem
from storage.base import AuditEvent, Change, KeyKind, NewRevocation, StoredKey
from storage.errors import RequestReplayed

from . import rows
from .rows import Identity, Taken
from .source import TABLES, OldRow, Source

CALLER = "command line"
# In memory at a time, and handed to the writer together: four COMMITs.
_TOGETHER = 1_000
_REVOKED_HERE = "its actor or tenant was revoked here"
_SHOWN = 64  # characters of a name or an actor
_DETAIL = b'{"from":"talos"}'
NAMED = 1_000  # of the rows that were left out; the others are counted


class Tally(msgspec.Struct):
    """What became of the rows of one kind.

    taken: written, of which `revoked` came as revoked. present: there already, of which
    `revoked_since` were revoked now. deleted: not brought back. left_out: not understood.
    shortened: active keys that end earlier than in Talos. request_ids_lost: taken, but not
    remembered for their request id.
    """

    taken: int = 0
    revoked: int = 0
    present: int = 0
    revoked_since: int = 0
    deleted: int = 0
    left_out: int = 0
    shortened: int = 0
    request_ids_lost: int = 0


class LeftOut(msgspec.Struct, frozen=True):
    """A row that was not understood: which, and why. Of an imported key never its old id.

    `name` and `actor_id` are as they stand there, cut, and whatever they hold.
    """

    row: str
    why: str
    name: str
    actor_id: str


class Imported(msgspec.Struct, frozen=True):
    """Which key here an imported key of Talos is: its ROWID there, and its id here."""

    row: int
    name: str
    actor_id: str
    key_id: str


class Result(msgspec.Struct):
    """What was done, or with `dry_run` would be; at most NAMED of the rows left out are named."""

    dry_run: bool
    issued: Tally = msgspec.field(default_factory=Tally)
    imported: Tally = msgspec.field(default_factory=Tally)
    other_nids: int = 0
    left_out: list[LeftOut] = msgspec.field(default_factory=list)

    def tally(self, kind: KeyKind) -> Tally:
        """That of one kind."""
        return self.issued if kind is KeyKind.ISSUED else self.imported


class Takeover:
    """One run over a source. `wildcards`: take keys whose scopes have a "*", as wildcards.

    `advanced` is told how many more rows are done, `left_out` of each that was not understood,
    `mapped` of each imported key that stands here now.
    """

    def __init__(
        self,
        node: Node,
        source: Source,
        *,
        dry_run: bool = False,
        wildcards: bool = False,
        advanced: Callable[[int], None] = lambda count: None,
        left_out: Callable[[LeftOut], None] = lambda row: None,
        mapped: Callable[[Imported], None] = lambda key: None,
    ) -> None:
        tenant = node.tenant
        if tenant.index is None:
            raise ValueError(f"no key is imported into tenant {tenant.name}")
        self._node = node
        self._tenant = tenant
        self._index = tenant.index
        self._source = source
        self._wildcards = wildcards
        self._advanced = advanced
        self._left_out = left_out
        self._mapped = mapped
        self._result = Result(dry_run)
        self._uses: dict[tuple[str, bytes], int] = {}

    async def run(self) -> Result:
        """Take everything over. Raises SourceError or StoreError; what was written stays."""
        _, self._result.other_nids = self._source.counts()
        for kind in KeyKind:
            stream = self._source.rows(kind)
            while some := list(itertools.islice(stream, _TOGETHER)):
                done = await asyncio.gather(
                    *(self._row(kind, old) for old in some), return_exceptions=True
                )
                for error in done:
                    if error is not None:
                        raise error
                await self._touch()
                self._advanced(len(some))
        return self._result

    async def _row(self, kind: KeyKind, old: OldRow) -> None:
        try:
            who = rows.identity(kind, old, self._index)
            standing = await self._standing(who)
            key = await (
                self._take(kind, old, who) if standing is None else self._keep(kind, old, standing)
            )
        except Problem as problem:
            self._leave_out(kind, old, problem.message)
            return
        if key is None:
            return
        if (used := rows.last_used(old)) is not None:
            self._uses[key.tenant, key.key_id] = min(used, self._node.now_ms())
        if kind is KeyKind.IMPORTED:
            id_ = str(UUID(bytes=key.key_id))
            self._mapped(Imported(_number(old), key.name, key.actor, id_))

    async def _standing(self, who: Identity) -> StoredKey | None:
        """The row that is here already. Raises Problem where its id is another key's."""
        store, name = self._node.store, self._tenant.name
        if who.digests and (found := await store.get_by_digest(name, *who.digests)):
            return found
        found = await store.get(name, who.key_id)
        if found is not None and (who.digests or found.master_id != who.master_id):
            raise Problem("API_KEY_EXISTS", "key_id is that of another key here")
        return found

    async def _keep(self, kind: KeyKind, old: OldRow, key: StoredKey) -> StoredKey:
        tally = self._result.tally(kind)
        if rows.status(old) == rows.REVOKED and key.status != KeyStatus.REVOKED:
            if not self._result.dry_run:
                why, told = rows.reason(old)
                await keys.revoke(self._node, self._tenant, key.key_id, why, told, CALLER)
            tally.revoked_since += 1
        rows.last_used(old)
        tally.present += 1
        return key

    async def _take(self, kind: KeyKind, old: OldRow, who: Identity) -> StoredKey | None:
        tally, node = self._result.tally(kind), self._node
        new = rows.taken(
            *(self._tenant.name, kind, old, who),
            now_ms=node.now_ms(),
            max_ttl=self._tenant.settings.max_ttl,
            wildcards=self._wildcards,
        )
        if self._tenant.denylist.first_dead(Kind.KEY, (who.key_id,)) == 0:
            tally.deleted += 1
            return None
        key = self._stricken(new.key)
        remembered = self._result.dry_run or await self._write(key, new)
        tally.taken += 1
        tally.revoked += key.status == KeyStatus.REVOKED
        tally.shortened += new.shortened
        tally.request_ids_lost += not remembered
        return key

    def _stricken(self, key: StoredKey) -> StoredKey:
        """Revoked for good where a revocation by time covers it: that one may be forgotten sooner.

        It was made when nobody knew how long keys would live that are not here yet.
        """
        if key.status != KeyStatus.ACTIVE or not is_revoked(self._tenant, key):
            return key
        return msgspec.structs.replace(
            key, status=KeyStatus.REVOKED, revocation_description=_REVOKED_HERE
        )

    async def _write(self, key: StoredKey, new: Taken) -> bool:
        """Commit it; whether it is remembered for its request id, where it has one."""
        node = self._node
        change = Change(
            tenant=key.tenant,
            at_ms=node.now_ms(),
            audit=AuditEvent(
                action="key.import", caller=CALLER, target=key.key_id.hex(), detail=_DETAIL
            ),
            insert=(key,),
            revoke=self._entry(key),
            request_id=new.request_id if key.expires_at > node.now() else "",
        )
        try:
            await node.commit(change)
        except RequestReplayed:  # both tables, and this server, may have had it for another key
            await node.commit(msgspec.structs.replace(change, request_id=""))
            return False
        return True

    def _entry(self, key: StoredKey) -> tuple[NewRevocation, ...]:
        until = horizon(self._tenant, key.issued_at, key.expires_at)
        if key.status != KeyStatus.REVOKED or until <= self._node.now():
            return ()
        revocation = Revocation(Kind.KEY, key.key_id)
        why = str(key.revocation_reason)
        return (NewRevocation(revocation=revocation, expires_at=until, reason=why),)

    async def _touch(self) -> None:
        uses, self._uses = self._uses, {}
        if uses and not self._result.dry_run:
            await self._node.store.touch(uses)

    def _leave_out(self, kind: KeyKind, old: OldRow, why: str) -> None:
        told = LeftOut(_label(kind, old), why, _shown(old.name), _shown(old.actor_id))
        self._result.tally(kind).left_out += 1
        if len(self._result.left_out) < NAMED:
            self._result.left_out.append(told)
        self._left_out(told)


def _number(old: OldRow) -> int:
    return old.number if isinstance(old.number, int) else 0


def _label(kind: KeyKind, old: OldRow) -> str:
    """How a row is named to people: an issued key by its id, any other by where it stands."""
    if kind is KeyKind.ISSUED and (key_id := rows.spelled(old)) is not None:
        return key_id
    return f"row {_number(old)} of {TABLES[kind]}"


def _shown(value: object) -> str:
    return value.decode("utf-8", "replace")[:_SHOWN] if isinstance(value, bytes) else ""
