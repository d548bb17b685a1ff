"""Guarantees of server/records.py."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from server.records import Records
from storage.base import StoredKey
from storage.errors import StoreUnavailable


def key(number: int, name: str = "") -> StoredKey:
    """A key whose id is so many times the same byte."""
    return StoredKey(
        tenant="t",
        key_id=bytes([number]) * 16,
        master_id=1,
        issued_at=1,
        name=name,
        expires_at=9,
        created_ms=1000,
        updated_ms=1000,
    )


class Source:
    """A store that answers when a test says so, and counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answers: list[asyncio.Future[StoredKey | None]] = []

    async def load(self, key_id: bytes) -> StoredKey | None:
        self.asked.append(key_id)
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]


def told(test: Callable[[Source, Records], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Runs the test in a loop, over records of at most two keys."""

    def run() -> None:
        async def within() -> None:
            source = Source()
            await asyncio.wait_for(test(source, Records(source.load, capacity=2)), 20)

        asyncio.run(within())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def fetching(records: Records, key_id: bytes) -> asyncio.Task[StoredKey | None]:
    task = asyncio.ensure_future(records.fetch(key_id))
    for _ in range(3):
        await asyncio.sleep(0)
    return task


@told
async def test_what_was_loaded_is_kept_and_not_loaded_again(source: Source, records: Records):
    task = await fetching(records, key(1).key_id)
    source.answers[0].set_result(key(1))
    assert await task == await records.fetch(key(1).key_id) == records.key(key(1).key_id) == key(1)
    assert records[key(1).key_id].issued_at == 1
    assert len(source.asked) == 1


@told
async def test_what_was_loaded_before_an_eviction_is_never_kept_after_it(
    source: Source, records: Records
):
    task = await fetching(records, key(1).key_id)
    records.evict(key(1).key_id)
    source.answers[0].set_result(key(1, "old"))
    await task
    assert records.key(key(1).key_id) is None and records.get(key(1).key_id) is None
    again = await fetching(records, key(1).key_id)
    source.answers[1].set_result(key(1, "new"))
    assert (await again) == key(1, "new") == records.key(key(1).key_id)


@told
async def test_an_old_load_that_lands_late_does_not_replace_a_newer_one(
    source: Source, records: Records
):
    old = await fetching(records, key(1).key_id)
    records.evict(key(1).key_id)
    new = await fetching(records, key(1).key_id)
    source.answers[1].set_result(key(1, "new"))
    await new
    source.answers[0].set_result(key(1, "old"))
    await old
    assert records.key(key(1).key_id) == key(1, "new")


@told
async def test_an_old_load_that_lands_while_a_newer_one_is_under_way_is_not_kept(
    source: Source, records: Records
):
    old = await fetching(records, key(1).key_id)
    records.evict(key(1).key_id)
    new = await fetching(records, key(1).key_id)
    source.answers[0].set_result(key(1, "old"))
    await old
    assert records.key(key(1).key_id) is None
    joined = await fetching(records, key(1).key_id)
    assert len(source.asked) == 2
    source.answers[1].set_result(key(1, "new"))
    assert await new == await joined == records.key(key(1).key_id) == key(1, "new")


@told
async def test_many_who_ask_at_once_cause_one_load(source: Source, records: Records):
    tasks = [await fetching(records, key(1).key_id) for _ in range(5)]
    source.answers[0].set_result(key(1))
    assert await asyncio.gather(*tasks) == [key(1)] * 5
    assert len(source.asked) == 1


@told
async def test_nothing_is_kept_of_a_key_that_is_not_there_or_of_a_load_that_failed(
    source: Source, records: Records
):
    missing, failing = [await fetching(records, key(n).key_id) for n in (1, 2)]
    source.answers[0].set_result(None)
    source.answers[1].set_exception(StoreUnavailable("gone"))
    assert await missing is None
    with pytest.raises(StoreUnavailable):
        await failing
    assert len(records) == 0
    assert await fetching(records, key(1).key_id) and len(source.asked) == 3


@told
async def test_a_caller_who_goes_away_does_not_end_the_load_of_the_others(
    source: Source, records: Records
):
    gone, other = [await fetching(records, key(1).key_id) for _ in range(2)]
    gone.cancel()
    source.answers[0].set_result(key(1))
    assert await other == key(1)


@told
async def test_the_oldest_goes_first_where_there_is_no_more_room(source: Source, records: Records):
    for number in (1, 2, 3):
        task = await fetching(records, key(number).key_id)
        source.answers[-1].set_result(key(number))
        await task
    assert list(records) == [key(2).key_id, key(3).key_id]


@told
async def test_whoever_finds_a_load_done_finds_its_key(source: Source, records: Records) -> None:
    # Requests that came in the same turn of the loop once found neither, eight times in a row, and
    # were told that the database can't be reached.
    waiting = asyncio.ensure_future(records.fetch(key(1).key_id))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    flight = records._loading[key(1).key_id]
    source.answers[0].set_result(key(1))
    while not flight.done():
        await asyncio.sleep(0)
    assert records.get(key(1).key_id) is not None
    assert await waiting == key(1)
