"""Many schedules of faults in virtual time, each told by its seed."""

import asyncio
import logging
import random
import secrets

import pytest

from tests.faults.history import (
    ACCEPTED,
    REFUSED,
    REVOKED,
    accepted_too_late,
    refused_too_soon,
    slower_than,
    taken_back,
)
from tests.faults.simulation import LEASE_S, State, World
from tests.faults.virtual import run

LASTS_S = 12.0
CLIENTS = 4
# Four statements that time out one after another, and a wait for all nodes.
DEADLINE_S = 20.0


async def use(world):
    """A client that issues, revokes and verifies all the time."""
    draw = world.random
    while True:
        await asyncio.sleep(draw.random() * 0.2)
        member, held = draw.choice(world.members), list(world.history.credentials.values())
        if not held or draw.random() < 0.1:
            await world.issue(member)
        elif draw.random() < 0.15:
            await world.revoke(member, draw.choice(held).name, draw.random() < 0.3)
        else:
            recent, revoked = world.history.lately(4)
            await world.ask(member, draw.choice(revoked or recent))


async def hurt(world):
    """One fault after another, on any node, several at a time."""
    draw = world.random
    while True:
        await asyncio.sleep(draw.random() * 1.5)
        member = draw.choice(world.members)
        match draw.randrange(8):
            case 0:
                await member.die()
                asyncio.ensure_future(member.start())
            case 1:
                member.step = draw.choice([-3600.0, 0.0, 3600.0])
            case 2:
                member.link.slow = draw.choice([0.0, 0.3])
            case 3 | 4:
                member.link.state = State.UP
            case _:
                member.link.state = draw.choice(list(State))


async def scenario(seed):
    world = World(seed)
    for member in world.members:
        await member.start()
    await world.issue(world.members[0])
    tasks = [asyncio.ensure_future(use(world)) for _ in range(CLIENTS)]
    hurting = asyncio.ensure_future(hurt(world))
    await asyncio.sleep(LASTS_S)
    hurting.cancel()
    for member in world.members:
        member.link.state, member.link.slow, member.step = State.UP, 0.0, 0.0
    await asyncio.sleep(DEADLINE_S)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, hurting, return_exceptions=True)
    await asyncio.sleep(1)
    await settled(world)
    return world.history


async def settled(world):
    """I4: every node has applied what the store has, and says of every key what is so."""
    revoked = set(world.history.revocations())
    acknowledged = set(world.history.acknowledged())
    for member in world.members:
        assert member.node is not None
        assert member.node.feed.positions == list(await world.store.positions())
        for held in world.history.credentials.values():
            said = await world.ask(member, held)
            assert said == (REVOKED if held.name in acknowledged else ACCEPTED) or (
                said == REVOKED and held.name in revoked
            )
        await member.die()


def judge(history):
    assert accepted_too_late(history, lambda v, r: 0.0 if r.everywhere else LEASE_S) == []
    assert refused_too_soon(history) == []
    assert taken_back(history) == []
    assert slower_than(history, DEADLINE_S) == []
    assert [each for each in history.verdicts if each.word == REFUSED] == []


@pytest.fixture
def simulate(monkeypatch, caplog):
    """Runs the schedule of a seed, with ids that follow from it."""
    caplog.set_level(logging.CRITICAL + 1)

    def simulate_(seed):
        draw = random.Random(f"{seed} ids")
        monkeypatch.setattr(secrets, "token_bytes", draw.randbytes)
        return run(scenario(seed))

    return simulate_


@pytest.mark.parametrize("seed", range(40))
def test_the_promises_hold_in_every_schedule(simulate, seed):
    history = simulate(seed)
    assert history.acknowledged()
    judge(history)
