"""Whatever fails, and once it is over: the promises of docs/cluster.md hold."""

import time

import pytest

from tests.faults.cluster import LEASE_S, Hurt
from tests.faults.history import ACCEPTED, NS, REFUSED, UNSURE, words
from tests.faults.table import BY_NAME, FAULTS, VICTIM, Fault

SHORT = (
    "valkey killed, and back empty",
    "valkey frozen",
    "postgres killed",
    "node stopped",
    "clock an hour ahead",
    "database held",
    "database unanswered",
    "redis half-open",
    "both refused",
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
