"""What `serve` says to whoever started it, by the surface that it serves."""

import asyncio

import pytest

from server import bootstrap
from server.cli.greeting import greet
from server.cli.local import advice
from server.settings import load


def greeting(tmp_path, capsys, surface):
    settings = load({"database": f"sqlite:///{tmp_path}/new.db", "surface": surface}, {})
    made = asyncio.run(bootstrap.initialise(settings))
    greet(settings, made, "http://127.0.0.1:4420", {}, bytes(16))
    return capsys.readouterr().err


@pytest.mark.parametrize("surface", ["all", "admin", "public"])
def test_the_greeting_names_the_surface(tmp_path, capsys, surface):
    assert f"surface      {surface}" in greeting(tmp_path, capsys, surface)


def test_the_greeting_of_the_public_surface_sends_nobody_to_a_route_that_is_a_404_there(
    tmp_path, capsys
):
    said = greeting(tmp_path, capsys, "public")
    assert "export MARZIPAN_ADMIN_KEY=" in said
    assert "curl" not in said and "keys issue" not in said
    assert "/v2alpha1/admin/issuedApiKeys" in greeting(tmp_path / "other", capsys, "admin")


def over_a_server(capsys, flags):
    greet(
        load(flags, {}),
        bootstrap.Initialised(None, None, None, ()),
        "http://127.0.0.1:4420",
        flags,
        bytes(16),
    )
    return capsys.readouterr().err


def test_over_a_database_server_the_greeting_names_the_node_and_stops_no_server(capsys):
    said = over_a_server(capsys, {"database": "postgresql://me@db.internal/marzipan"})
    assert "node         00000000-0000-0000-0000-000000000000" in said
    assert "Stop" not in said
    assert "admin-keys issue --database postgresql://me@db.internal/marzipan" in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me@db.internal/marzipan",
        "postgresql://db1:5432,db2:5433/marzipan",
        "cockroachdb://root@[::1]:26257/defaultdb",
        "sqlite:///mine.db",
    ],
)
def test_advice_names_the_database_that_the_command_was_called_with(url):
    assert f"--database {url}" in advice("serve", {"database": url}).replace("'", "")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@db/marzipan",
        "postgresql://me%3Ahunter2@db/marzipan",
        "postgresql://db/marzipan?password=hunter2",
        "postgresql://me:hunter2@db",
        "postgresql://me:hunter2@db/a@b/c",
        "postgres://me:hunter2/x",
    ],
)
def test_advice_never_repeats_a_url_in_which_a_password_may_stand(url):
    assert advice("serve", {"database": url}).endswith("serve --database URL")
