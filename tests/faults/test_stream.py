"""A stream that lies, forgets and repeats itself: the database alone says what is so."""

import time

from tests.faults.history import ACCEPTED, REVOKED
from tests.faults.meddler import Meddler
from tests.faults.traffic import ask


def test_a_stream_that_is_meddled_with_hides_no_revocation_and_makes_none(hurt):
    traffic = hurt.traffic()
    traffic.populate(3)
    with Meddler(hurt.valkey, traffic.seed) as meddler, traffic.going(0):
        time.sleep(4)
    assert meddler.done
    hurt.judge(traffic)


def test_what_was_trimmed_from_the_stream_while_a_node_slept_is_read_from_the_database(hurt):
    victim = hurt.nodes[1]
    traffic = hurt.traffic()
    traffic.populate(3)
    for held in traffic.all(""):
        assert ask(victim, held).word == ACCEPTED
    victim.freeze()
    acts = traffic.acts(0)
    for link in sorted({link for held in traffic.all("") for link in held.links}):
        assert acts.revoke(link)
    acts.close()
    with hurt.valkey.client() as line:
        for stream in line.keys("*:revocations"):
            line.xtrim(stream, maxlen=0, approximate=False)
    victim.thaw()
    for held in traffic.all(""):
        traffic.until(victim, held, REVOKED)
    hurt.judge(traffic)


def test_a_valkey_that_is_emptied_again_and_again_loses_no_revocation(hurt):
    traffic = hurt.traffic()
    traffic.populate(3)
    with traffic.going(0), hurt.valkey.client() as line:
        for _ in range(12):
            time.sleep(0.25)
            line.flushall()
    hurt.judge(traffic)
