"""README.md: its table of endpoints is that of the routes, and of the official client."""

import asyncio
import inspect
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from ory_client import ApiKeysApi

from server import app, bootstrap, settings

PAGE = Path(__file__).parents[2] / "README.md"
ROW = re.compile(r"\| ([A-Z]+) \| `(/\S+)` \| (same|better|ours|not here) \| (.*) ?\|")
ROWS = [match.groups() for match in map(ROW.fullmatch, PAGE.read_text().splitlines()) if match]


def told(*verdicts: str) -> set[tuple[str, str]]:
    return {(method, path) for method, path, verdict, _ in ROWS if verdict in verdicts}


@pytest.fixture
def routes(tmp_path: Path) -> set[tuple[str, str]]:
    """All that is served, as method and path."""
    asked = settings.load({"database": f"sqlite:///{tmp_path}/a.db"}, {})

    async def read() -> Iterable[tuple[str, str]]:
        node, _ = await bootstrap.start(asked)
        try:
            return [(route.method, route.template) for route in app.table(node, node.tenant)]
        finally:
            await node.store.close()

    return set(asyncio.run(read()))


def test_what_is_here_is_every_route_outside_our_own_and_nothing_else(
    routes: set[tuple[str, str]],
) -> None:
    assert len(ROWS) == len({row[:2] for row in ROWS})
    compatible = {each for each in routes if not each[1].startswith("/v1/")}
    assert told("same", "better", "ours") == compatible
    assert not told("not here") & routes


def test_every_operation_of_the_official_client_is_here() -> None:
    source = inspect.getsource(ApiKeysApi)
    asked = set(re.findall(r"method='([A-Z]+)',\s+resource_path='([^']+)'", source))
    assert len(asked) == 18
    assert asked <= told("same", "better")


def test_every_better_ours_and_not_here_says_why() -> None:
    assert all(why.strip() for *_, verdict, why in ROWS if verdict != "same")
