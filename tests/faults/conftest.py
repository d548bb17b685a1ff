"""Clusters to hurt, and what is asked of each once it was."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import books
from tests.faults.history import (
    ACCEPTED,
    REVOKED,
    Bound,
    accepted_too_late,
    refused_too_soon,
    slower_than,
    taken_back,
    worst_acceptance,
)
from tests.faults.traffic import BROKEN, Traffic, word
from tests.servers.cluster import Cluster, Line
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey

SETTLED_S = 30.0
# No call may take longer, whatever fails: see docs/cluster.md.
DEADLINE_S = 20.0


class Hurt:
    """A cluster with its servers, and the traffic on it."""

    def __init__(self, folder: Path, cluster: Cluster, server: Postgres, valkey: Valkey | None):
        self.cluster, self.server, self.folder = cluster, server, folder
        self._valkey = valkey
        self.url = server.url("cluster")

    @property
    def nodes(self):
        return self.cluster.nodes

    @property
    def valkey(self) -> Valkey:
        assert self._valkey is not None
        return self._valkey

    def traffic(self, seed: int | None = None) -> Traffic:
        seed = random.SystemRandom().randrange(10**9) if seed is None else seed
        print(f"seed {seed}")
        self._traffic = Traffic(self.cluster, seed)
        return self._traffic

    def judge(self, traffic: Traffic, bound: Bound) -> None:
        """Every invariant, once all lines are whole again."""
        history = traffic.history
        print(f"worst acceptance {worst_acceptance(history):.3f} s after a revocation")
        print(f"{len(history.verdicts)} verdicts, {len(history.acknowledged())} revocations")
        assert accepted_too_late(history, bound) == []
        assert refused_too_soon(history) == []
        assert taken_back(history) == []
        assert slower_than(history, DEADLINE_S) == []
        assert [each for each in history.verdicts if each.word == BROKEN] == []
        slow = [a for a in traffic.ledger.acts if a.ended - a.began > DEADLINE_S * 1e9]
        assert slow == []
        self.settle(traffic)
        books.check(self.url, self.cluster.secret_file, traffic.ledger)

    def settle(self, traffic: Traffic) -> None:
        """Wait until every node says of every credential what is so."""
        history = traffic.history
        begun = history.revocations()
        acknowledged = set(history.acknowledged())
        for node in self.nodes:
            line = Line(node.port)
            until = time.monotonic() + SETTLED_S
            for held in list(history.credentials.values()):
                while True:
                    said = word(line.call("POST", "/v1/verify", None, held.text))
                    if said == (REVOKED if held.links & acknowledged else ACCEPTED):
                        break
                    # Whether it was revoked nobody was told.
                    if said == REVOKED and held.links & begun.keys():
                        break
                    assert time.monotonic() < until, (node.name, held.name, said)
                    time.sleep(0.05)
            line.close()


@pytest.fixture
def hurt(tmp_path: Path) -> Iterator[Callable[..., Hurt]]:
    """Makes a cluster of so many nodes, with settings by name, over servers of its own."""
    made: list[Callable[[], None]] = []

    def hurt_(count: int = 3, *, redis: bool = True, **settings: str) -> Hurt:
        server = Postgres()
        made.append(server.stop)
        server.sql("CREATE DATABASE cluster")
        valkey = None
        if redis:
            valkey = Valkey()
            made.append(valkey.stop)
        port = None if valkey is None else valkey.port
        cluster = Cluster(tmp_path, count, [server.port], port, **settings)
        made.append(cluster.stop)
        return Hurt(tmp_path, cluster, server, valkey)

    yield hurt_
    for stop in reversed(made):
        stop()
