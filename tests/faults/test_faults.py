"""Whatever fails, and once it is over: the promises of docs/cluster.md hold."""

import random
import time

import pytest

from tests.faults.cluster import LEASE_S, Hurt
from tests.faults.history import ACCEPTED, NS, REFUSED, UNSURE, words
from tests.faults.table import BY_NAME, FAULTS, VICTIM, Fault
from tests.faults.traffic import Traffic

SHORT = (
    "valkey frozen",
    "postgres killed",
    "node stopped",
    "clock an hour ahead",
    "database held",
    "redis half-open",
)
WARM_S = 0.7


def suffer(hurt: Hurt, fault: Fault, lasts_s: float) -> None:
    """Let a fault come and go while all nodes are asked, and one is written over."""
    traffic = hurt.traffic()
    traffic.populate(3)
    with traffic.going(0):
        time.sleep(WARM_S)
        began = time.monotonic_ns()
        fault.begin(hurt)
        time.sleep(lasts_s)
        ended = time.monotonic_ns()
        fault.end(hurt)
        time.sleep(WARM_S)
    # Another clock ends what has not begun there, or is over.
    hurt.judge(traffic, *([REFUSED] if fault.name.startswith("clock") else []))
    off = range(len(hurt.nodes)) if fault.all_off else [VICTIM] * fault.cuts_off
    for number, node in enumerate(hurt.nodes):
        late = words(traffic.history, node.name, since=began + LEASE_S * NS, until=ended)
        if number in off:
            assert not late[ACCEPTED], f"{node.name} has no lease: {late}"
            assert words(traffic.history, node.name, since=began)[UNSURE]
        elif number != VICTIM:
            assert late[ACCEPTED], f"{node.name} was spared: {late}"


@pytest.mark.parametrize("name", SHORT)
def test_the_promises_hold_through_a_short_fault(hurt, name):
    suffer(hurt, BY_NAME[name], LEASE_S + 1)


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_the_promises_hold_through_a_long_fault(hurt, fault):
    suffer(hurt, fault, 10 if "node" in fault.name else 20)


def schedule(hurt: Hurt, traffic: Traffic, lasts_s: float) -> None:
    """Faults begin and end at random, up to two at a time."""
    draw = random.Random(f"{traffic.seed} faults")
    until, now = time.monotonic() + lasts_s, []
    while time.monotonic() < until:
        time.sleep(draw.uniform(0.1, 2 * LEASE_S))
        if now and (len(now) == 2 or draw.random() < 0.5):
            now.pop(0).end(hurt)
        else:
            # What mends a node mends its lines, and a dead one can't be told to stop.
            free = [f for f in FAULTS if f.place not in {each.place for each in now}]
            now.append(draw.choice(free))
            print(f"{until - time.monotonic():6.1f} s to go: {now[-1].name}")
            now[-1].begin(hurt)
    for fault in now:
        fault.end(hurt)


@pytest.mark.long
@pytest.mark.parametrize("number", range(5))
def test_the_promises_hold_through_faults_at_random(hurt, number):
    traffic = hurt.traffic()
    traffic.populate(3)
    with traffic.going(0):
        schedule(hurt, traffic, 60)
        time.sleep(2 * LEASE_S)
    hurt.judge(traffic, REFUSED)
