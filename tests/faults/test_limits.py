"""What is let pass stays within the limit, and within what docs/limits.md states where it fails."""

import threading
import time

import pytest

from tests.faults.acts import KEYS
from tests.servers.cluster import Line

QUOTA = 60
LAST_S = 5.0
CLIENTS = 3  # of each node


@pytest.fixture
def key(hurt):
    """A key of which no use comes back while the test lasts."""
    policy = {"quota": QUOTA, "unit": "requests", "window": "86400s"}
    wish = {"name": "limited", "actor_id": "tester", "rate_limit_policy": policy}
    with Line(hurt.nodes[0].port) as line:
        answer = line.call("POST", KEYS, wish, hurt.cluster.admin_key)
    assert answer.status == 201, answer
    return answer.json["secret"]


def hammer(hurt, key, fail):
    """How many uses all nodes let pass while `fail` happens, and all other statuses."""
    ends = time.monotonic() + LAST_S
    statuses: list[int] = []

    def use(port):
        with Line(port) as line:
            while time.monotonic() < ends:
                statuses.append(line.call("POST", "/v1/verify", None, key).status)
                time.sleep(0.004)

    threads = [
        threading.Thread(target=use, args=(node.port,))
        for node in hurt.nodes
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    fail()
    for thread in threads:
        thread.join(60)
    return statuses.count(200), set(statuses) - {200}


def test_all_nodes_together_let_no_more_pass_than_the_limit(hurt, key):
    passed, others = hammer(hurt, key, lambda: None)
    assert (passed, others) == (QUOTA, {429})


def test_a_valkey_that_freezes_and_goes_on_costs_at_most_the_quota_once_more(hurt, key):
    def fail():
        time.sleep(0.2)
        hurt.valkey.freeze()
        time.sleep(2)
        hurt.valkey.thaw()

    passed, others = hammer(hurt, key, fail)
    assert passed <= 2 * QUOTA and others <= {429, 503}


def test_a_valkey_that_comes_back_empty_costs_at_most_the_quota_twice_more(hurt, key):
    """Once for the nodes that count alone meanwhile, once for the counter that begins anew."""

    def fail():
        time.sleep(0.2)
        hurt.valkey.kill()
        time.sleep(1)
        hurt.valkey.start()

    passed, others = hammer(hurt, key, fail)
    assert passed <= 3 * QUOTA and others <= {429, 503}
