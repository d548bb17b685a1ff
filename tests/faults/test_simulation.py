"""Many schedules of faults in virtual time, each told by its seed."""

import asyncio
import logging
import random
import secrets

import pytest

from server.freshness import Freshness
from server.membership import Membership, Settled
from server.node import Node
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
QUIET_S = 6.0
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
            # Before it is revoked as well, so that nodes have it in memory.
            held, revoked = world.history.lately(4)
            await world.ask(member, draw.choice(draw.choice([revoked or held, held[-8:]])))


async def hurt(world):
    """One fault after another, on any node, several at a time."""
    draw = world.random
    while True:
        await asyncio.sleep(draw.random() * 1.5)
        member = draw.choice(world.members)
        match draw.randrange(8):
            case 0:
                await member.die()
                world.begin(member.start())
            case 1:
                member.step = draw.choice([-3600.0, 0.0, 3600.0])
            case 2:
                member.link.slow = draw.choice([0.0, 0.3, 0.9])
            case _:
                how = draw.choice([State.REFUSED, State.HELD, State.UNANSWERED])
                world.begin(member.link.spoil(how, draw.uniform(0.2, 2.5) * LEASE_S))


async def scenario(seed):
    world = World(seed)
    for member in world.members:
        await member.start()
    await world.issue(world.members[0])
    tasks = [world.begin(use(world)) for _ in range(CLIENTS)]
    hurting = world.begin(hurt(world))
    await asyncio.sleep(LASTS_S)
    hurting.cancel()
    for member in world.members:
        member.link.heal()
        member.step = 0.0
    await asyncio.sleep(QUIET_S)
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


def _no_lease(patch):
    patch.setattr(Freshness, "holds", lambda lease: True)


def _renewed_late(patch):
    """Leases count from the answer, and not from before the question."""
    for name in ("polled", "enrolled"):
        told = getattr(Freshness, name)
        patch.setattr(Freshness, name, lambda lease, began, told=told: told(lease, lease.clock()))


def _waits_for_nobody(patch):
    patch.setattr(Membership, "_count", lambda self, nodes, revision: Settled(1, 0, 0))


def _forgets_what_it_read(patch):
    """An entry in ten is read from the database and not applied."""
    draw, take = random.Random(0), Node.take
    patch.setattr(Node, "take", lambda node, entry: draw.random() < 0.9 and take(node, entry))


def _keeps_records(patch):
    """No notice takes a record out of memory, and the denylist learns nothing."""
    patch.setattr(Node, "apply", lambda node, entry: None)


@pytest.mark.parametrize(
    "spoil",
    [_no_lease, _renewed_late, _waits_for_nobody, _forgets_what_it_read, _keeps_records],
)
def test_the_simulation_finds_a_node_that_breaks_a_promise(simulate, monkeypatch, spoil):
    spoil(monkeypatch)
    for seed in range(120):
        try:
            judge(simulate(seed))
        except AssertionError:
            print(f"found by seed {seed}")
            return
    pytest.fail("no schedule shows it")
