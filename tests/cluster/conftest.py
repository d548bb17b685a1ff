"""Nodes over a real Postgres, as many as a test starts, each in a process of its own."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import bootstrap, epochs, settings
from tests.servers.nodes import NodeProcess
from tests.servers.postgres import Postgres, migrated


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A Postgres with a migrated database named "template"."""
    with migrated("template") as server:
        yield server


class Cluster:
    """One database, its secret, and the nodes that were started over it."""

    def __init__(self, server: Postgres, folder: Path) -> None:
        self.server = server
        self.name = f"test_{secrets.token_hex(8)}"
        self.url = server.url(self.name)
        self.folder = folder
        server.sql(f"CREATE DATABASE {self.name} TEMPLATE template")
        flags = {"database": self.url, "secret_file": str(folder / "secret")}
        self._settings = settings.load(flags, {})
        made = asyncio.run(bootstrap.initialise(self._settings))
        assert made.admin_key is not None
        self.admin = made.admin_key
        self.nodes: list[NodeProcess] = []

    def start(self, **chosen: str) -> NodeProcess:
        """A node that accepts."""
        number = len(self.nodes)
        node = NodeProcess(self.folder, number, self.url, self.admin, **chosen)
        self.nodes.append(node)
        node.wait(node.ready)
        return node

    def three(self, **chosen: str) -> tuple[NodeProcess, NodeProcess, NodeProcess]:
        return self.start(**chosen), self.start(**chosen), self.start(**chosen)

    def sql(self, statement: str) -> None:
        self.server.sql(statement, self.name)

    def raise_epoch(self) -> None:
        """As `marzipan tenant raise-epoch` does it, beside the running nodes."""
        asyncio.run(epochs.raise_epoch(self._settings, "default"))

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
        self.server.sql(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture
def cluster(server: Postgres, tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(server, tmp_path)
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def running(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster for all tests of a module."""
    cluster = Cluster(server, tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster
    finally:
        cluster.stop()
