"""Whole nodes over one Postgres: every concern of a server, on the store that nodes share."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.api.conftest import *  # noqa: F403
from tests.server.api.conftest import Api, Clock
from tests.servers.postgres import Postgres, migrated
from tests.servers.wiping import wipe


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A Postgres with a migrated database named "shared"."""
    with migrated("shared") as server:
        yield server


@pytest.fixture
def url(server: Postgres) -> str:
    """A migrated database without a row."""
    asyncio.run(wipe(server.url("shared")))
    return server.url("shared")


@pytest.fixture
def bare_url(server: Postgres) -> Iterator[str]:
    """A database in which nothing is yet."""
    name = f"bare_{secrets.token_hex(8)}"
    server.sql(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def open_api(
    runner: asyncio.Runner, clock: Clock, tmp_path: Path, url: str
) -> Iterator[Callable[..., Api]]:
    """Opens a node over the Postgres; all of them have the same secrets."""
    opened: list[Api] = []

    def open_(**flags: Any) -> Api:
        # Between two calls the loop stands still here, so that no lease runs: each asks by itself.
        given = {"database": url, "secret_file": str(tmp_path / "cluster.secret")}
        given |= {"stale_policy": "check", **flags}
        opened.append(Api(runner, clock, given))
        return opened[-1]

    yield open_
    for api in opened:
        api.close()
