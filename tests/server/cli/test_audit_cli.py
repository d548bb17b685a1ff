"""Guarantees of `marzipan audit`: it says whether the chain is whole, and where it is not."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server import bootstrap, keys, secretfile, settings
from server.cli import cli
from server.node import Node

Run = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "marzipan.db"


@pytest.fixture
def issue(path: Path) -> Callable[[int], None]:
    """Issues keys, as a server that starts, works and stops."""

    def issue(count: int) -> None:
        async def go() -> None:
            node, _ = await bootstrap.start(settings.load({"database": f"sqlite:///{path}"}, {}))
            for _ in range(count):
                await keys.issue(node, node.tenant, keys.NewKey(), "test")
            await node.store.close()

        asyncio.run(go())

    issue(3)
    return issue


@pytest.fixture
def run(path: Path, issue: Callable[[int], None]) -> Run:
    def run(*arguments: str, code: int = 0) -> Result:
        command = ["audit", *arguments, "--database", f"sqlite:///{path}"]
        done = CliRunner().invoke(cli, command)
        assert done.exit_code == code, done.output
        for hidden in json.loads(path.with_name("marzipan.secret").read_text())["masters"]:
            assert hidden["secret"] not in done.output
        return done

    return run


@pytest.fixture
def edit(path: Path) -> Callable[[str], None]:
    def edit(sql: str) -> None:
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(sql)
        connection.close()

    return edit


def test_a_whole_audit_is_said_to_be_whole_with_what_that_does_not_show(run: Run) -> None:
    done = run("verify")
    assert done.stdout == "The audit is whole: 4 rows.\n" and "--heads" in done.stderr
    assert json.loads(run("verify", "--json").stdout) == {"broken": None, "rows": 4}


def test_a_break_is_said_with_its_place_and_exit_code_1(
    run: Run, edit: Callable[[str], None]
) -> None:
    edit("UPDATE audit_log SET caller = 'nobody' WHERE tenant = 'default' AND seq = 2")
    assert "row 2: it was altered" in run("verify", code=1).stdout
    told = json.loads(run("verify", "--json", code=1).stdout)["broken"]
    assert (told["seq"], told["why"]) == (2, "it was altered")


def test_heads_exported_earlier_show_what_was_put_back(
    run: Run, issue: Callable[[int], None], path: Path, tmp_path: Path
) -> None:
    earlier = path.read_bytes()
    issue(1)
    heads = tmp_path / "heads.json"
    heads.write_text(run("heads").stdout)
    assert run("verify", "--heads", str(heads)).stderr == ""
    issue(1)
    run("verify", "--heads", str(heads))
    path.write_bytes(earlier)
    run("verify")
    assert "exported" in run("verify", "--heads", str(heads), code=1).stdout


def test_rows_of_an_older_version_are_taken_on_trust_only_where_that_is_said(
    run: Run, edit: Callable[[str], None], path: Path
) -> None:
    edit("DELETE FROM audit_log")
    edit("DELETE FROM counters WHERE log = 'audit'")

    async def as_before() -> None:
        node, _ = await bootstrap.start(settings.load({"database": f"sqlite:///{path}"}, {}))
        node.store.key_audit(0, {})
        await keys.issue(node, node.tenant, keys.NewKey(), "test")
        await node.store.close()

    asyncio.run(as_before())
    assert "without a key" in run("verify", code=1).stdout
    run("verify", "--allow-unkeyed")


def test_another_houses_secret_file_is_not_taken_for_a_forgery(run: Run, tmp_path: Path) -> None:
    secretfile.create(tmp_path / "other")
    done = run("verify", "--secret-file", str(tmp_path / "other"), code=1)
    assert "does not belong to this database" in done.stderr


@pytest.mark.parametrize("content", ["", "{}", '{"heads":[{"shard":9,"seq":1,"hash":"00"}]}', None])
def test_a_file_that_holds_no_heads_is_said(run: Run, tmp_path: Path, content: str | None) -> None:
    heads = tmp_path / "heads.json"
    if content is not None:
        heads.write_text(content)
    assert str(heads) in run("verify", "--heads", str(heads), code=1).stderr


def test_it_works_beside_a_server_that_has_the_database_open(run: Run, path: Path) -> None:
    async def meanwhile() -> None:
        node: Node
        node, _ = await bootstrap.start(settings.load({"database": f"sqlite:///{path}"}, {}))
        try:
            await asyncio.to_thread(run, "verify")
            await asyncio.to_thread(run, "heads")
        finally:
            await node.store.close()

    asyncio.run(meanwhile())
