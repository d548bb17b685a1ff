"""The node and the credentials that every endpoint's tests begin with."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from server.keys import NewKey, issue
from storage.base import Store
from tests.server.api.conftest import *  # noqa: F403
from tests.server.api.conftest import Api, Forge
from tests.server.routes.every import Subject
from tests.server.routes.refusals import Refusals


@pytest.fixture
def subject(api: Api) -> Subject:
    """Things that are there, of the tenant that is served."""
    issued, secret = api.issue(actor_id="owner", scopes=["a"])
    imported = api.import_key("a raw key that is there")
    return Subject(issued, imported, secret, "a raw key that is there", "owner")


@pytest.fixture
def strangers(api: Api, forge: Forge) -> dict[str, str | None]:
    """Whoever a route for administrators answers with a 401: none, or no admin key that is good."""
    _, ordinary = api.issue(scopes=["*"])
    dead = api.admin_key("marzipan:admin", "marzipan:read", "marzipan:verify")
    assert api.call("POST", "/v1/tokens:revoke", {"credential": dead}).status_code == 200
    return {
        "nobody": None,
        "junk": "junk",
        "a key of the tenant": ordinary,
        "a token derived from one": api.derive(ordinary),
        "a forged key": forge.tail(api.admin),
        "a key of another house": forge.foreign(tenant="marzipan"),
        "a revoked admin key": dead,
    }


@pytest.fixture
def powerless(api: Api) -> dict[str, str]:
    """By the scope that a route needs, an admin key that covers the two others; and a grant."""
    scopes = ("marzipan:admin", "marzipan:read", "marzipan:verify")
    keys = {each: api.admin_key(*(set(scopes) - {each})) for each in scopes}
    node = api.node
    made = api.run(issue(node, node.system, NewKey(scopes=scopes), "test"))
    grant = node.system.keys.mint_grant(
        made.key.key_id,
        key_issued_at=made.key.issued_at,
        now=node.now(),
        expires_at=node.now() + 600,
        actor="",
        scopes=scopes,
    )
    return keys | {"grant": grant.text}


@pytest.fixture
def calls(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the store from now on, call by call."""
    asked: list[str] = []

    def counted(name: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            asked.append(name)
            return do(*args, **named)

        return call

    for name in operations():
        monkeypatch.setattr(api.node.store, name, counted(name, getattr(api.node.store, name)))
    return asked


@pytest.fixture
def break_store(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> Callable[[BaseException], Callable[[], None]]:
    """From then on the store raises this, until what is returned is called."""

    def do(error: BaseException) -> Callable[[], None]:
        async def broken(*args: Any, **named: Any) -> Any:
            raise error

        for name in operations():
            monkeypatch.setattr(api.node.store, name, broken)
        return monkeypatch.undo

    return do


@pytest.fixture
def refuses(api: Api, problem: Callable[..., Any], request: pytest.FixtureRequest) -> Refusals:
    return Refusals(api, problem, request.getfixturevalue)


def operations() -> list[str]:
    """All that a store can be asked, but to close."""
    named = inspect.getmembers(Store, inspect.iscoroutinefunction)
    return [name for name, _ in named if name != "close" and not name.startswith("_")]
