"""The feed: only rows of the database move a position, and what is not known is not passed."""

import asyncio
import logging

import msgspec
import pytest

from engine.types import Kind, Revocation
from server.feed import Feed, UnknownEntry
from server.freshness import Freshness
from storage.base import SHARDS, AuditEvent, Change, NewRevocation
from storage.errors import StoreUnavailable
from storage.memory import MemoryStore

NOW = 1_800_000_000


class Shared(MemoryStore):
    """The reference model as a database that others write too; it can be out of reach."""

    shared = True
    lost = False
    polls = 0

    async def poll(self):
        self.polls += 1
        await asyncio.sleep(0)
        if self.lost:
            raise StoreUnavailable("out of reach")
        return await super().poll()


class Follower:
    """A feed, and all that it has taken."""

    def __init__(self, store):
        self.taken = []
        self.reloads = 0
        self.freshness = Freshness(5)
        self.freshness.enrolled(self.freshness.clock())
        self.feed = Feed(store, self.freshness, self.taken.append, self.reload, lambda: NOW)

    async def reload(self):
        self.reloads += 1

    def targets(self):
        return [entry.target for entry in self.taken]


@pytest.fixture
def run():
    return asyncio.run


@pytest.fixture
def store():
    return Shared()


@pytest.fixture
def revoke(store):
    """Revokes targets by number, in shard 0 unless told, and gives the entries."""

    async def revoke_(*numbers, shard=0):
        new = [
            NewRevocation(
                revocation=Revocation(Kind.KEY, bytes([shard]) + n.to_bytes(15, "big")),
                expires_at=NOW + 7200,
            )
            for n in numbers
        ]
        event = AuditEvent(action="test", caller="test")
        change = Change(tenant="a", at_ms=NOW * 1000, audit=event, revoke=tuple(new))
        return await store.commit(change)

    return revoke_


@pytest.fixture
def follower(store):
    return Follower(store)


def test_everything_is_taken_once_and_in_order(run, revoke, follower):
    async def act():
        entries = list(await revoke(1, 2))
        await follower.feed.poll()
        for shard in range(SHARDS):
            entries += await revoke(10, 11, shard=shard)
        await follower.feed.poll()
        await follower.feed.poll()
        assert sorted(follower.targets()) == sorted(entry.target for entry in entries)
        for shard in range(SHARDS):
            seqs = [entry.seq for entry in follower.taken if entry.shard == shard]
            assert seqs == list(range(1, follower.feed.positions[shard] + 1))
        assert follower.reloads == 1 and follower.freshness.holds()

    run(act())


def test_what_this_node_wrote_itself_moves_no_position(run, revoke, follower):
    async def act():
        await follower.feed.poll()
        await revoke(1)  # another's, unread
        own = await revoke(2)
        follower.feed.committed(own)
        assert follower.feed.positions == [0] * SHARDS
        assert not follower.feed.has(((0, 2),))
        await follower.feed.poll()
        assert len(follower.taken) == 2 and follower.feed.has(((0, 2),))

    run(act())


def test_a_lost_database_raises_and_renews_nothing(run, store, revoke, follower):
    async def act():
        store.lost = True
        with pytest.raises(StoreUnavailable):
            await follower.feed.poll()
        assert not follower.freshness.holds() and not follower.feed.synced

    run(act())


def test_a_kind_that_is_not_known_is_never_passed_and_what_is_known_behind_it_is_taken(
    run, store, revoke, follower
):
    async def act():
        await follower.feed.poll()
        await revoke(1, 2, 3)
        store._log[0][1] = msgspec.structs.replace(store._log[0][1], kind=999)
        for _ in range(2):
            with pytest.raises(UnknownEntry, match="999"):
                await follower.feed.poll()
            assert not follower.freshness.holds() and not follower.feed.synced
            assert follower.feed.positions[0] == 0
        assert {target[-1] for target in follower.targets()} == {1, 3}

    run(act())


def test_an_unknown_kind_at_the_start_keeps_a_node_from_ever_being_ready(
    run, store, revoke, follower
):
    async def act():
        await revoke(1)
        store._log[0][0] = msgspec.structs.replace(store._log[0][0], kind=999)
        with pytest.raises(UnknownEntry):
            await follower.feed.poll()
        assert not follower.feed.synced

    run(act())


def test_entries_that_were_pruned_unread_make_the_node_drop_what_it_cached(
    run, store, revoke, follower
):
    async def act():
        await follower.feed.poll()
        await revoke(1, 2, 3)
        del store._log[0][1]
        await follower.feed.poll()
        assert follower.reloads == 2 and follower.feed.resyncs == 1
        assert follower.feed.positions[0] == 3 and follower.freshness.holds()
        assert {1, 3} <= {target[-1] for target in follower.targets()}

    run(act())


def test_the_last_entries_pruned_unread_are_noticed_too(run, store, revoke, follower):
    async def act():
        await follower.feed.poll()
        await revoke(1, 2)
        store._log[0].clear()
        await follower.feed.poll()
        assert follower.reloads == 2 and follower.feed.positions[0] == 2

    run(act())


def test_entries_pruned_after_they_were_read_change_nothing(run, store, revoke, follower):
    async def act():
        await revoke(1, 2)
        await follower.feed.poll()
        await store.prune(NOW + 10_000)
        await revoke(3)
        await follower.feed.poll()
        assert follower.reloads == 1 and follower.feed.positions[0] == 3

    run(act())


@pytest.mark.parametrize("again", [0, 1, 2, 5])
def test_a_database_set_back_is_noticed_however_much_was_written_since(
    run, store, revoke, follower, caplog, again
):
    async def act():
        await revoke(1)
        heads, log = list(store._heads), [list(shard) for shard in store._log]
        await revoke(2, 3)
        await follower.feed.poll()
        store._heads, store._log = heads, log
        for number in range(again):
            await revoke(100 + number)
        with caplog.at_level(logging.CRITICAL):
            await follower.feed.poll()
        assert "LOST 2 REVOCATIONS" in caplog.text
        assert follower.reloads == 2 and follower.freshness.holds()
        assert follower.feed.positions[0] == 1 + again

    run(act())


def test_what_a_restored_database_still_has_is_not_said_to_be_lost(
    run, store, revoke, follower, caplog
):
    async def act():
        await revoke(1, 2)
        await follower.feed.poll()
        store._epoch = b"another database"
        await follower.feed.poll()
        assert "history" in caplog.text and "LOST" not in caplog.text
        assert follower.feed.epoch == b"another database"

    run(act())


def test_who_joins_gets_a_poll_that_began_afterwards_and_many_share_one(
    run, store, revoke, follower
):
    async def act():
        follower.feed.interval = 60
        running = asyncio.ensure_future(follower.feed.run())
        await asyncio.sleep(0)
        await follower.feed.join(1)
        await revoke(1)
        before = store.polls
        await asyncio.gather(*(follower.feed.join(1) for _ in range(100)))
        assert follower.feed.has(((0, 1),)) and store.polls == before + 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(act())


def test_who_joins_while_the_database_is_lost_is_told_so_and_nobody_hangs(run, store, follower):
    async def act():
        running = asyncio.ensure_future(follower.feed.run())
        await asyncio.sleep(0)
        await follower.feed.join(1)
        store.lost = True
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await follower.feed.join(1)
        store.lost = False
        await follower.feed.join(1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        store.lost = True
        with pytest.raises(StoreUnavailable):
            await follower.feed.join(1)

    run(act())


def test_a_hint_polls_at_once_and_a_move_is_told(run, revoke, follower):
    async def act():
        follower.feed.interval = 60
        running = asyncio.ensure_future(follower.feed.run())
        await asyncio.sleep(0)
        await follower.feed.join(1)
        moved = asyncio.ensure_future(follower.feed.moved())
        await asyncio.sleep(0)
        await revoke(1)
        follower.feed.hint()
        async with asyncio.timeout(5):
            await moved
        assert follower.feed.positions[0] == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(act())


def test_a_node_alone_is_fresh_and_moves_by_its_own_writes(run, revoke, store):
    async def act():
        store.shared = False
        follower = Follower(store)
        await follower.feed.poll()
        follower.feed.committed(await revoke(1))
        await follower.feed.join(0.01)
        assert follower.feed.has(((0, 1),)) and follower.freshness.holds()

    run(act())
