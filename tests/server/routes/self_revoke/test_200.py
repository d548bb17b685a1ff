"""POST /v2alpha1/apiKeys:selfRevoke, 200: what it answers."""

import pytest

from tests.server.routes.paths import REVOKE, SELF_REVOKE
from tests.server.routes.revoke_imported_key.asking import COMPROMISE
from tests.server.routes.self_revoke.asking import self_revoke


@pytest.mark.parametrize("path", [SELF_REVOKE, REVOKE])
def test_200_for_whoever_holds_the_raw_key_and_again_is_200(api, path):
    key_id = api.import_key("raw")
    grant = api.derive("raw")
    body = {"credential": "raw"} | ({"reason": COMPROMISE} if path == SELF_REVOKE else {})
    for _ in range(2):
        answer = api.call("POST", path, body, key=None)
        assert answer.status_code == 200, answer.text
    if path == REVOKE:
        told = answer.json()
        assert (told["revoked"], told["revocation_id"]) == ("key", key_id)
        assert told["already_revoked"] is True
    assert api.code("raw") == api.code(grant) == "REVOKED"
    assert len(api.log()) == 1


def test_self_revoke_200_needs_only_the_key_and_is_idempotent(api):
    key_id, secret = api.issue()
    grant = api.derive(secret)
    for _ in range(2):
        answer = self_revoke(api, secret, reason="REVOCATION_REASON_KEY_COMPROMISE")
        assert (answer.status_code, answer.json()) == (200, {})
    assert [api.code(secret), api.code(grant)] == ["REVOKED"] * 2
    assert api.get(key_id)["revocation_reason"] == "REVOCATION_REASON_KEY_COMPROMISE"
    assert len(api.log()) == 1


def test_self_revoke_200_for_everyone_who_asks_at_once(api):
    _, secret = api.issue()
    sent = [api.send("POST", SELF_REVOKE, {"credential": secret}, key=None) for _ in range(8)]
    assert [answer.status_code for answer in api.together(*sent)] == [200] * 8
    assert len(api.log()) == 1


def test_self_revoke_200_ignores_the_authorization_header(api):
    _, secret = api.issue()
    assert api.call("POST", SELF_REVOKE, {"credential": secret}, key="nonsense").status_code == 200


def test_200_kills_the_key_and_its_grants_and_again_is_200(api):
    _, secret = api.issue()
    grant = api.derive(secret)
    for _ in range(2):
        answer = self_revoke(api, secret, reason="REVOCATION_REASON_KEY_COMPROMISE")
        assert (answer.status_code, answer.json()) == (200, {})
    assert api.code(secret) == api.code(grant) == "REVOKED"
    assert len(api.log()) == 1
