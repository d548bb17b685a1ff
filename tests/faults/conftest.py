"""Clusters to hurt."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.cluster import Hurt, make_hurt
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Postgres, Valkey]]:
    """A database server and a Valkey that all clusters share, one at a time."""
    server, valkey = Postgres(), Valkey()
    yield server, valkey
    valkey.stop()
    server.stop()


@pytest.fixture(scope="session")
def standing(
    servers: tuple[Postgres, Valkey], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hurt]:
    """Three nodes that many tests hurt, one after another."""
    made = make_hurt(tmp_path_factory.mktemp("cluster"), servers, 3)
    yield made
    made.cluster.stop()


@pytest.fixture
def hurt(standing: Hurt) -> Iterator[Hurt]:
    """Three nodes, whole again before and after the test."""
    standing.heal()
    yield standing
    standing.heal()


@pytest.fixture
def own(tmp_path: Path, servers: tuple[Postgres, Valkey]) -> Iterator[Callable[..., Hurt]]:
    """Makes a cluster of so many nodes, with settings by name, for this test alone."""
    made: list[Hurt] = []

    def own_(count: int, databases: Sequence[int] = (), **settings: str) -> Hurt:
        made.append(make_hurt(tmp_path, servers, count, databases, **settings))
        return made[-1]

    yield own_
    for each in made:
        each.mend()
        each.cluster.stop()
