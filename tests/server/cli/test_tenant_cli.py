"""Guarantees of `marzipan tenant raise-epoch`: all that was minted before ends, and it is said."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.pretty import pretty_repr

from engine import Access, attenuate
from engine.caveats import MaxDepth
from engine.errors import TokenError
from server import bootstrap, deriving, epochs, keys, settings
from server.auth import ADMIN
from server.cli import cli
from server.node import Node, Tenant
from server.rotating import rotate
from server.verifying import verify
from storage.errors import StoreError

Run = Callable[..., Result]


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/marzipan.db"
    asyncio.run(bootstrap.initialise(settings.load({"database": url}, {})))
    return url


@pytest.fixture
def run(database: str) -> Run:
    def run(*arguments: str, ok: bool = True, said: str | None = None) -> Result:
        command = ["tenant", "raise-epoch", *arguments, "--database", database]
        done = CliRunner().invoke(cli, command, input=said)
        assert (done.exit_code == 0) is ok, done.output
        return done

    return run


@pytest.fixture
def on(database: str) -> Callable[..., Any]:
    """Does something on a node that is started for it, as a server is."""

    def on(act: Callable[[Node], Any]) -> Any:
        async def go() -> Any:
            node, _ = await bootstrap.start(settings.load({"database": database}, {}))
            try:
                return await act(node)
            finally:
                await node.store.close()

        return asyncio.run(go())

    return on


async def credentials(node: Node, tenant: Tenant) -> list[str]:
    """One of each kind."""
    scopes = (ADMIN,) if tenant is node.system else ("read",)
    issued = await keys.issue(node, tenant, keys.NewKey(scopes=scopes), "test")
    made = [
        (await deriving.derive(node, tenant, issued.text, deriving.Wish(jwt=jwt), None, "test"))
        for jwt in (False, True)
    ]
    grant, jwt = (each.minted.text for each in made)
    narrowed = [attenuate(each, MaxDepth(3)).text for each in (issued.text, grant)]
    return [issued.text, grant, jwt, *narrowed]


async def alive(node: Node, tenant: Tenant, texts: list[str]) -> list[bool]:
    async def one(text: str) -> bool:
        try:
            await verify(node, tenant, text, Access(now=node.now()))
        except TokenError:
            return False
        return True

    return [await one(text) for text in texts]


def test_everything_minted_before_is_dead_at_the_next_start_and_what_comes_after_lives(
    run: Run, on: Callable[..., Any]
) -> None:
    old = on(lambda node: credentials(node, node.tenant))
    assert all(on(lambda node: alive(node, node.tenant, old)))
    done = run("--yes")
    assert done.stdout == "" and "epoch of tenant 'default' is 1" in done.stderr
    assert not any(on(lambda node: alive(node, node.tenant, old)))
    new = on(lambda node: credentials(node, node.tenant))
    assert all(on(lambda node: alive(node, node.tenant, new)))
    run("--yes")
    assert not any(on(lambda node: alive(node, node.tenant, old + new)))


def test_admin_keys_and_other_tenants_live_on(run: Run, on: Callable[..., Any]) -> None:
    admins = on(lambda node: credentials(node, node.system))
    run("--yes")
    assert all(on(lambda node: alive(node, node.system, admins)))


def test_raising_the_epoch_of_admin_keys_gives_a_new_one(run: Run, on: Callable[..., Any]) -> None:
    admins = on(lambda node: credentials(node, node.system))
    served = on(lambda node: credentials(node, node.tenant))
    done = run("--tenant", "marzipan", "--yes")
    new = done.stdout.strip()
    assert not any(on(lambda node: alive(node, node.system, admins)))
    assert on(lambda node: alive(node, node.system, [new])) == [True]
    assert all(on(lambda node: alive(node, node.tenant, served)))
    told = json.loads(run("--tenant", "marzipan", "--yes", "--json").stdout)
    assert (told["tenant"], told["epoch"]) == ("marzipan", 2)
    assert on(lambda node: alive(node, node.system, [new, told["admin_key"]])) == [False, True]


def test_a_key_that_died_so_is_rotated_into_one_that_lives(
    run: Run, on: Callable[..., Any]
) -> None:
    async def issue(node: Node) -> bytes:
        return (await keys.issue(node, node.tenant, keys.NewKey(), "test")).key.key_id

    async def rotated(node: Node) -> str:
        issued, _ = await rotate(node, node.tenant, key_id, lambda key: key, 0, "test")
        return issued.text

    key_id = on(issue)
    run("--yes")
    successor = on(rotated)
    assert on(lambda node: alive(node, node.tenant, [successor])) == [True]


def test_it_asks_first_and_says_what_dies(run: Run, on: Callable[..., Any]) -> None:
    old = on(lambda node: credentials(node, node.tenant))
    for answer in ("n\n", "\n", ""):
        done = run(ok=False, said=answer)
        assert "API key" in done.stderr and "No command brings them back" in done.stderr
    assert all(on(lambda node: alive(node, node.tenant, old)))
    run(said="y\n")
    assert not any(on(lambda node: alive(node, node.tenant, old)))


def test_the_audit_says_who_raised_it(run: Run, on: Callable[..., Any]) -> None:
    run("--yes")
    [row, *_] = on(lambda node: node.store.audit("default", limit=5))
    assert (row.action, row.caller, row.target) == (
        "tenant.raise_epoch",
        "command line",
        "default",
    )
    assert json.loads(row.detail) == {"epoch": 1}


def test_a_tenant_that_is_not_served_is_refused_before_anything_is_asked(run: Run) -> None:
    done = run("--tenant", "defualt", ok=False)
    assert isinstance(done.exception, settings.SettingsError)
    assert "default" in str(done.exception) and done.stderr == ""


def test_no_epoch_of_a_tenant_that_is_not_served_is_raised(database: str) -> None:
    with pytest.raises(settings.SettingsError):
        asyncio.run(epochs.raise_epoch(settings.load({"database": database}, {}), "elsewhere"))


def test_a_database_that_a_server_has_open_is_left_alone(
    run: Run, on: Callable[..., Any], database: str
) -> None:
    async def meanwhile(node: Node) -> int:
        done = await asyncio.to_thread(run, "--yes", ok=False)
        assert isinstance(done.exception, StoreError) and "in use" in str(done.exception)
        return await node.store.tenant_epoch("default")

    assert on(meanwhile) == 0


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    command = ["tenant", "raise-epoch", "--yes", "--database", f"sqlite:///{tmp_path}/none.db"]
    assert isinstance(CliRunner().invoke(cli, command).exception, StoreError)
    assert not (tmp_path / "none.db").exists()
    assert not (tmp_path / "none.secret").exists()


def test_no_repr_of_what_was_done_shows_the_new_admin_key(database: str) -> None:
    done = asyncio.run(epochs.raise_epoch(settings.load({"database": database}, {}), "marzipan"))
    assert done.admin_key is not None
    assert done.admin_key not in repr(done) + pretty_repr(done)
