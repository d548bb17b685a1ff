"""One Valkey for the tests that only fill it, and one each for those that break it."""

from collections.abc import Iterator

import pytest

from tests.servers.valkey import Valkey


@pytest.fixture(scope="session")
def shared_valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.stop()


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.stop()
