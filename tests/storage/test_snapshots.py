"""Which snapshots of the denylists a database knows of."""

import pytest

from storage import open_store
from storage.base import SHARDS
from storage.cluster import SNAPSHOTS, RecordedSnapshot


def snapshot(number: int, at_ms: int = 1000) -> RecordedSnapshot:
    positions = tuple(range(number, number + SHARDS))
    return RecordedSnapshot(number.to_bytes(32, "big"), 1 + number % 255, positions, at_ms)


@pytest.fixture
def record(store, run):
    """Records one after another."""

    def record(*numbers: int) -> None:
        for at_ms, number in enumerate(numbers, 1000):
            run(store.record_snapshot(snapshot(number, at_ms)))

    return record


def numbers(store, run) -> list[int]:
    return [int.from_bytes(each.digest, "big") for each in run(store.snapshots())]


def test_a_database_that_has_none_tells_of_none(store, run):
    assert list(run(store.snapshots())) == []


def test_what_was_recorded_is_told_as_it_was_the_newest_first(store, run, record):
    record(3, 1, 2)
    told = [snapshot(2, 1002), snapshot(1, 1001), snapshot(3, 1000)]
    assert list(run(store.snapshots())) == told


def test_one_that_is_recorded_again_is_the_newest_and_there_once(store, run, record):
    record(1, 2, 1)
    assert numbers(store, run) == [1, 2]


def test_no_more_are_remembered_than_there_may_be_and_the_oldest_go(store, run, record):
    record(*range(SNAPSHOTS + 3))
    assert numbers(store, run) == [*reversed(range(3, SNAPSHOTS + 3))]


def test_what_was_recorded_outlives_the_store(run, url, postgres_url):
    for each in (url, postgres_url):
        store = run(open_store(each))
        run(store.record_snapshot(snapshot(7)))
        run(store.close())
        store = run(open_store(each))
        assert list(run(store.snapshots())) == [snapshot(7)]
        run(store.close())
