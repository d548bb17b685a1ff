"""Revocation by RFC 7009: whoever holds a token ends it, and nothing is told of any other."""

import pytest

from engine import seal
from engine.caveats import Tools
from tests.server.routes.oauthcalls import REVOKE, introspect, post


def kill(api, token, **fields):
    answer = post(api, REVOKE, {"token": token, **fields}, key=None)
    assert answer.status_code == 200 and answer.content == b"", answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.fixture
def made(api):
    """A credential of every kind, by name."""
    api.import_key("sk_live_old")
    key = api.issue()[1]
    return {
        "key": key,
        "imported": "sk_live_old",
        "grant": api.derive(api.issue()[1]),
        "jwt": api.derive(api.issue()[1], algorithm="TOKEN_ALGORITHM_JWT"),
        "narrowed": api.narrow(api.issue()[1]),
        "sealed": seal(api.narrow(api.issue()[1])),
    }


def test_every_kind_of_credential_is_dead_at_the_next_look(api, made):
    for token in made.values():
        assert introspect(api, token)["active"] is True
        kill(api, token, token_type_hint="refresh_token", client_id="app")
        assert introspect(api, token) == {"active": False}
        kill(api, token)
    assert len(api.log()) == len(made)


def test_only_the_last_link_dies(api):
    _, secret = api.issue()
    child = api.narrow(secret)
    kill(api, api.narrow(child))
    assert api.code(child) == api.code(secret) == "ok"
    kill(api, child)
    assert api.code(api.narrow(child)) == "REVOKED" and api.code(secret) == "ok"


def test_a_token_that_is_good_for_nothing_else_can_be_revoked(api):
    token = api.narrow(api.issue()[1], Tools(["nothing"]))
    kill(api, token)
    assert len(api.log()) == 1


def test_what_was_not_made_here_is_a_200_and_writes_nothing(api, forge):
    secret = api.issue()[1]
    rows = len(api.run(api.node.store.audit("default", limit=100)))
    for token in ("x", "y" * 9000, "a b", forge.tail(secret), forge.foreign(), secret[:-1]):
        kill(api, token)
    assert api.log() == [] and api.code(secret) == "ok"
    assert len(api.run(api.node.store.audit("default", limit=100))) == rows
