"""Follows the revocation log in the database: the only way by which a node's position advances.

One question is asked over and over: where does every shard end? What lies between there and the
node's own position is read in order and applied, and only then is the lease renewed, from before
the question. The hash of a shard's end covers all entries up to it, so that a node sees at its next
poll whether the database still has the history that it knows. Where it has another (restored from
a backup, a standby without its last writes), or entries are missing that were pruned before they
were read, the node is not fresh until it has dropped its caches and read the whole log again. What
it knew to be revoked it keeps all the same.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from storage import rules
from storage.base import SHARDS, LogEntry
from storage.cluster import Cluster, Head, Polled
from storage.errors import StoreError, StoreUnavailable
from storage.notices import is_known

from .freshness import Freshness
from .recent import Recent
from .seldom import Seldom

POLL_S = 0.02
RETRY_S = 0.1
_PAGE = 10_000

_log = logging.getLogger("marzipan.feed")


class UnknownEntry(StoreError):
    """The log has an entry that this version can't apply, so that it must not accept anything."""


class Feed:
    """One node's place in the log. `take` applies an entry read from the database; `reload` drops
    what is cached and reads what no entry of the log tells again.

    `interval` is the pause between two polls in seconds, which a healthy stream may lengthen.
    """

    def __init__(
        self,
        store: Cluster,
        freshness: Freshness,
        take: Callable[[LogEntry], None],
        reload: Callable[[], Awaitable[None]],
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._freshness = freshness
        self._take = take
        self._reload = reload
        self.positions = [0] * SHARDS
        self.epoch = b""
        self.watched = False
        self.interval = POLL_S
        self.after_poll: Callable[[], None] = _nothing  # called after every poll that succeeded
        self.resyncs = 0
        self._hashes = [b""] * SHARDS
        self._begun = [0] * SHARDS
        self._synced = False
        self._barred = False  # by an entry that this version does not know
        self._recent = Recent(now)
        self._wake = asyncio.Event()
        self._running = False
        self._turn = asyncio.Lock()
        self._asked: list[asyncio.Future[None]] = []
        self._moved: asyncio.Future[None] | None = None
        self._said = Seldom(_log)

    @property
    def synced(self) -> bool:
        """Whether the whole log has been applied, and nothing has come in between since."""
        return self._synced and not self._barred

    def begin(self, positions: Sequence[int]) -> None:
        """Up to these positions of this database all is applied, before the first poll."""
        self._begun = list(positions)

    def hint(self) -> None:
        """Poll at once: there may be something new. Costs nothing when called often."""
        self._wake.set()

    def moved(self) -> asyncio.Future[None]:
        """Done when positions advance the next time after this call, if ever."""
        if self._moved is None:
            self._moved = asyncio.get_running_loop().create_future()
        return asyncio.shield(self._moved)

    async def join(self, timeout: float) -> None:
        """Wait for a poll that begins after this call; whoever calls meanwhile joins the same.

        Raises StoreUnavailable where it fails or is not over after `timeout` seconds.
        """
        if not self._store.shared:
            return
        if not self._running:
            # Of a command beside the servers, which follows nothing.
            async with self._turn:
                await self.poll()
            return
        done = asyncio.get_running_loop().create_future()
        self._asked.append(done)
        self._wake.set()
        try:
            async with asyncio.timeout(timeout):
                await done
        except TimeoutError:
            raise StoreUnavailable("The database did not answer in time.") from None

    def has(self, revision: Sequence[tuple[int, int]]) -> bool:
        """Whether all of these (shard, seq) are applied."""
        return all(self.positions[shard] >= seq for shard, seq in revision)

    def committed(self, entries: Sequence[LogEntry]) -> None:
        """This node wrote these itself and has applied them, maybe ahead of others' unread ones."""
        for entry in entries:
            self._recent.add(entry)
        if not self._store.shared:
            for entry in entries:
                self.positions[entry.shard] = max(self.positions[entry.shard], entry.seq)
            if entries:
                self._tell_moved()

    async def run(self) -> None:
        """Poll for good; ends when it is cancelled."""
        self._running = True
        try:
            while True:
                asked, self._asked = self._asked, []
                self._wake.clear()
                try:
                    async with self._turn:
                        await self.poll()
                except Exception as error:
                    self._failed(error)
                    _settle(asked, error)
                    # Whoever asks meanwhile waits: a database that is down is not asked faster.
                    await asyncio.sleep(RETRY_S)
                else:
                    _settle(asked, None)
                    await self._pause()
        finally:
            self._running = False
            _settle(self._asked, StoreUnavailable("The server is stopping."))

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.interval):
                await self._wake.wait()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, StoreError):
            self._said.warn(f"following the revocation log failed: {error}", "-")
        else:
            _log.error("unforeseen error in following the revocation log", exc_info=error)

    async def poll(self) -> None:
        """Ask once, and apply all there is; not to be called while `run` runs.

        Raises StoreError; UnknownEntry where the log has what this version can't apply.
        """
        began = self._freshness.clock()
        before = list(self.positions)
        try:
            polled = await self._store.poll()
            if self._diverged(polled) or not await self._follow(polled.heads):
                await self._resync(polled)
        finally:
            if before != self.positions:
                self._tell_moved()
        self._barred = False
        self.watched = polled.watched
        if self._store.shared:
            self._freshness.polled(began)
        else:
            self._freshness.alone()
        self.after_poll()

    def _diverged(self, polled: Polled) -> bool:
        if not self._synced or polled.epoch != self.epoch:
            return True
        known = zip(polled.heads, self.positions, self._hashes, strict=True)
        return any(
            head.seq < seq or (head.seq == seq and head.hash != digest)
            for head, seq, digest in known
        )

    async def _follow(self, heads: Sequence[Head]) -> bool:
        """Read on in every shard; False where its history is not the one that is known."""
        for shard, head in enumerate(heads):
            while self.positions[shard] < head.seq:
                page = await self._store.follow(shard, self.positions[shard], _PAGE)
                if not self._take_in_order(shard, [e for e in page if e.seq <= head.seq]):
                    return False
            if self._hashes[shard] != head.hash:
                return False
        return True

    def _take_in_order(self, shard: int, page: Sequence[LogEntry]) -> bool:
        if [e.seq for e in page] != list(
            range(self.positions[shard] + 1, self.positions[shard] + 1 + len(page))
        ):
            return False
        digest = self._hashes[shard]
        for entry in page:
            digest = rules.chained(digest, entry)
        self._take_all(page)
        if page:
            self.positions[shard], self._hashes[shard] = page[-1].seq, digest
        return bool(page)

    def _take_all(self, page: Sequence[LogEntry]) -> None:
        unknown = [entry for entry in page if not is_known(entry.kind)]
        for entry in page:
            if is_known(entry.kind):
                self._take(entry)
                self._recent.add(entry)
        if unknown:
            self._freshness.lose()
            self._barred = True
            raise UnknownEntry(
                f"The revocation log has an entry of kind {unknown[0].kind}, written by a newer "
                "version: this node accepts nothing until it is of that version too."
            )

    async def _resync(self, polled: Polled) -> None:
        """Drop all that is cached, and read the whole log again."""
        if self._synced:
            self.resyncs += 1
            _log.critical(
                "the database has not the history that this node knows: it was restored, failed "
                "over, or this node was away for long. Reading the whole revocation log again"
            )
        self._freshness.lose()
        self._synced = False
        await self._reload()
        lost = self._recent.unseen()
        # Only at the first time, and only of what is still there is anything known.
        begun, self._begun = self._begun, [0] * SHARDS
        if any(map(int.__gt__, begun, (head.seq for head in polled.heads))):
            begun = [0] * SHARDS
        for shard, head in enumerate(polled.heads):
            seq = begun[shard]
            while seq < head.seq and (page := await self._store.follow(shard, seq, _PAGE)):
                page = [entry for entry in page if entry.seq <= head.seq]
                lost.found(page)
                self._take_all(page)
                seq = page[-1].seq if page else head.seq
            self.positions[shard], self._hashes[shard] = head.seq, head.hash
        self.epoch = polled.epoch
        self._synced = True
        lost.alarm()

    def _tell_moved(self) -> None:
        moved, self._moved = self._moved, None
        if moved is not None and not moved.done():
            moved.set_result(None)


def _nothing() -> None:
    """Nobody cares."""


def _settle(asked: Sequence[asyncio.Future[None]], error: Exception | None) -> None:
    for each in asked:
        if each.done():
            continue
        if error is None:
            each.set_result(None)
        else:
            each.set_exception(
                error if isinstance(error, StoreError) else StoreUnavailable("The poll failed.")
            )
