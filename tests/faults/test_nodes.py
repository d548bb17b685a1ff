"""Nodes that die, sleep and start at bad moments."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.cluster import LEASE_S
from tests.faults.history import ACCEPTED, REVOKED
from tests.faults.traffic import ask
from tests.servers.control import Dies


def test_what_a_node_committed_and_never_told_reaches_the_others(hurt):
    """It dies between the two; the poll alone delivers."""
    traffic = hurt.traffic()
    traffic.populate(2)
    with traffic.going():
        acts, key = traffic.acts(0), traffic.all("key-")[0]
        for node in hurt.nodes:
            assert ask(node, key).word == ACCEPTED
        hurt.nodes[0].control.set(dies=Dies.BEFORE_PUBLISH)
        (link,) = key.links
        assert not acts.revoke(link)
        acts.close()
        hurt.nodes[0].join()
        # Nobody was told that it is done, and yet it is: from here on it counts.
        traffic.history.revoked(link, time.monotonic_ns())
        for node in hurt.nodes[1:]:
            traffic.until(node, key, REVOKED)
    hurt.heal()
    hurt.judge(traffic)


def test_a_node_that_was_stopped_is_stale_before_it_answers(hurt):
    """What it knew to be good when it was stopped is not what it says when it goes on."""
    victim = hurt.nodes[1]
    traffic = hurt.traffic()
    traffic.populate(2)
    key = traffic.all("key-")[0]
    assert ask(victim, key).word == ACCEPTED
    victim.freeze()
    acts = traffic.acts(0)
    assert acts.revoke(next(iter(key.links)))
    acts.close()
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(ask, victim, key) for _ in range(16)]
        time.sleep(LEASE_S + 1)
        victim.thaw()
        verdicts = [each.result() for each in asked]
    for verdict in verdicts:
        traffic.history.saw(verdict)
    assert ACCEPTED not in {verdict.word for verdict in verdicts}
    hurt.judge(traffic)


def test_a_node_is_not_ready_before_it_knows_all_that_was_revoked(own):
    hurt = own(2)
    first, second = hurt.nodes
    traffic = hurt.traffic()
    traffic.populate(12)
    acts = traffic.acts(0)
    for link in sorted({link for held in traffic.all("") for link in held.links}):
        assert acts.revoke(link)
    acts.close()
    second.kill()
    second.database.delay = 0.02
    second.start(wait=False)
    until = time.monotonic() + 2
    while time.monotonic() < until and second.ready() != 200:
        time.sleep(0.01)
    second.database.hold()
    if second.ready() != 200:  # where it was held before the whole log was read
        time.sleep(1)
        assert second.ready() != 200
    second.database.heal()
    second.wait_ready()
    for held in traffic.all(""):
        assert ask(second, held).word == REVOKED
    hurt.judge(traffic)
