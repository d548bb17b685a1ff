"""Nodes that change the schema of one database server take turns, whatever their clocks say."""

import time

import pytest

from storage.errors import StoreUnavailable
from storage.postgres import schema
from storage.postgres.connecting import connect


@pytest.fixture
def waits(monkeypatch):
    monkeypatch.setattr(schema, "_WAIT_S", 0.3)


async def attempted(url):
    """Whether another node could take a turn in the middle of one."""
    one, other = await connect(url), await connect(url)
    try:
        async with schema._turn(one):
            try:
                async with schema._turn(other):
                    return True
            except StoreUnavailable:
                return False
    finally:
        one.terminate()
        other.terminate()


def test_a_node_whose_clock_is_ahead_takes_no_turn_away(own_url, run, waits, monkeypatch):
    now, hours = time.time, iter([0, *[3600] * 100])
    monkeypatch.setattr(time, "time", lambda: now() + next(hours))
    assert not run(attempted(own_url))


def test_a_turn_that_is_lengthened_step_by_step_stays_its_own(own_url, run, waits, monkeypatch):
    async def scene():
        one, other = await connect(own_url), await connect(own_url)
        try:
            async with schema._turn(one) as owner:
                monkeypatch.setattr(schema, "_HELD_MS", 60_000)
                assert await schema._take(one, owner)
                with pytest.raises(StoreUnavailable):
                    async with schema._turn(other):
                        pass
            async with schema._turn(other):
                # Whose turn was taken over goes on with nothing.
                assert not await schema._take(one, owner)
        finally:
            one.terminate()
            other.terminate()

    monkeypatch.setattr(schema, "_HELD_MS", 50)
    run(scene())
