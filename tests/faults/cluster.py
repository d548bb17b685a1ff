"""A cluster with its servers, and what is asked of it once it was hurt."""

import random
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults import books
from tests.faults.history import (
    ACCEPTED,
    BROKEN,
    REFUSED,
    REVOKED,
    Bound,
    Revocation,
    Verdict,
    accepted_too_late,
    refused_too_soon,
    slower_than,
    taken_back,
    worst_acceptance,
)
from tests.faults.traffic import Traffic, ask
from tests.servers.cluster import Cluster, Node
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey

LEASE_S = 3
SETTLED_S = 30.0
# No call may take longer, whatever fails: see docs/cluster.md.
DEADLINE_S = 20.0


def stated(verdict: Verdict, revocation: Revocation) -> float:
    """What every node keeps, whatever fails: its lease; nothing once all were said to know."""
    return 0.0 if revocation.everywhere else LEASE_S


class Hurt:
    """A cluster with its servers, and the traffic on it."""

    def __init__(self, cluster: Cluster, server: Postgres, valkey: Valkey, url: str) -> None:
        self.cluster, self.server, self.valkey, self.url = cluster, server, valkey, url
        self.name = url.rpartition("/")[2]

    @property
    def nodes(self) -> Sequence[Node]:
        return self.cluster.nodes

    def mend(self) -> None:
        """Let both servers run again."""
        for each in (self.server, self.valkey):
            if each.process is None or each.process.poll() is not None:
                each.start()
            each.thaw()

    def heal(self) -> None:
        """Make everything whole."""
        self.mend()
        self.cluster.heal()

    def traffic(self, seed: int | None = None) -> Traffic:
        seed = random.SystemRandom().randrange(10**9) if seed is None else seed
        print(f"seed {seed}")
        return Traffic(self.cluster, seed)

    def judge(self, traffic: Traffic, *allowed: str, bound: Bound = stated) -> None:
        """Every invariant, once all lines are whole again; `allowed` words count as no failure."""
        history = traffic.history
        print(f"worst acceptance {worst_acceptance(history):.3f} s after a revocation")
        print(f"{len(history.verdicts)} verdicts, {len(history.acknowledged())} revocations")
        assert accepted_too_late(history, bound) == []
        assert refused_too_soon(history) == []
        assert taken_back(history) == []
        assert slower_than(history, DEADLINE_S) == []
        never = {BROKEN, REFUSED} - set(allowed)
        assert [each for each in history.verdicts if each.word in never] == []
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
            until = time.monotonic() + SETTLED_S
            for held in list(history.credentials.values()):
                due = REVOKED if held.links & acknowledged else ACCEPTED
                # Whether it was revoked nobody may have been told.
                while (said := ask(node, held).word) != due and not (
                    said == REVOKED and held.links & begun.keys()
                ):
                    assert time.monotonic() < until, (node.name, held.name, said)
                    time.sleep(0.05)


def make_hurt(
    folder: Path,
    servers: tuple[Postgres, Valkey],
    count: int,
    databases: Sequence[int] = (),
    **settings: str,
) -> Hurt:
    """A new cluster of so many nodes over these servers; Valkey is emptied."""
    server, valkey = servers
    name = f"cluster_{secrets.token_hex(4)}"
    server.sql(f"CREATE DATABASE {name}")
    with valkey.client() as line:
        line.flushall()
    ports = databases or [server.port]
    given = {"max_staleness": f"{LEASE_S}s", **settings}
    cluster = Cluster(folder, count, ports, valkey.port, name=name, **given)
    return Hurt(cluster, server, valkey, server.url(name))
