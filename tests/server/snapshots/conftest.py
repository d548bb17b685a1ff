"""A node on a SQLite file that makes snapshots, and what its next start reads of the log."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.snapshots.making import Making
from tests.server.api.conftest import Api, Clock
from tests.servers.followed import followed


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the snapshots are."""
    return tmp_path / "marzipan.snapshots"


@pytest.fixture
def api(tmp_path: Path, clock: Clock) -> Iterator[Api]:
    with asyncio.Runner() as runner:
        api = Api(runner, clock, {"database": f"sqlite:///{tmp_path}/marzipan.db"})
        yield api
        api.close()


@pytest.fixture
def make(api: Api) -> Any:
    """Makes a snapshot now."""

    def make() -> None:
        async def scene() -> None:
            making = Making(api.node, api.node.feed.epoch)
            await making.make()
            await making.close()

        api.run(scene())

    return make


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seq of every entry that was read from the log by the feed from now on."""
    return followed(monkeypatch)
