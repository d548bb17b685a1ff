"""What `serve` says to whoever started it, by the surface that it serves."""

import asyncio

import pytest

from server import bootstrap
from server.cli.greeting import greet
from server.settings import load


def greeting(tmp_path, capsys, surface):
    settings = load({"database": f"sqlite:///{tmp_path}/new.db", "surface": surface}, {})
    made = asyncio.run(bootstrap.initialise(settings))
    greet(settings, made, "http://127.0.0.1:4420", {})
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
