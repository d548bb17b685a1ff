"""A server in a process of its own, as clients of another make meet it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import attenuate
from engine.caveats import Scopes
from tests.server.net.conftest import Started


class Live(Started):
    """A server on a SQLite file in `folder`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.database = folder / "marzipan.db"

    def key_for(self, scope: str) -> str:
        """An admin key that is good for one scope alone."""
        return attenuate(self.admin_key, Scopes((scope,))).text


@pytest.fixture(scope="session")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Live]]:
    """Starts a server with settings by name; it is stopped when the session ends."""
    started: list[Live] = []

    def launch_(**settings: str) -> Live:
        started.append(Live(tmp_path_factory.mktemp("live"), **settings))
        return started[-1]

    yield launch_
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def live(launch: Callable[..., Live]) -> Live:
    """The one that all share."""
    return launch()


@pytest.fixture(scope="session")
def public(launch: Callable[..., Live]) -> Live:
    """One that serves the public surface alone."""
    return launch(surface="public")
