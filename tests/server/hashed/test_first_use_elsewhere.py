"""The first use of a key that was imported as a hash, on every route that takes a credential."""

import pytest

from tests.server.hashed.hashes import RAW, add
from tests.server.routes import paths


@pytest.fixture(params=["sha256", "bcrypt"])
def key_id(request, api):
    return add(api, request.param, scopes=["read"])


def test_a_gateway_takes_it(api, key_id, gate):
    assert api.call("GET", "/v1/verify?scope=read", key=RAW[:-1]).status_code == 401
    answer = api.call("GET", "/v1/verify?scope=read", key=RAW)
    assert answer.status_code == 200 and answer.headers["marzipan-key-id"] == key_id
    assert api.call("GET", "/v1/verify?scope=other", key=RAW).status_code == 403


def test_it_derives(api, key_id):
    for algorithm in ("MACAROON", "JWT"):
        grant = api.derive(RAW, algorithm=f"TOKEN_ALGORITHM_{algorithm}")
        assert api.verify(grant)["key_id"] == key_id


def test_it_is_explained(api, key_id):
    told = api.call("POST", "/v1/tokens:explain", {"credential": RAW}).json()
    assert [step["check"] for step in told["steps"]] == ["lookup", "standing", "terms"]
    told = api.call("POST", "/v1/tokens:explain", {"credential": RAW + "x"}).json()
    assert [step["allows"] for step in told["steps"]] == [False]


@pytest.mark.parametrize("path", ["/v2alpha1/apiKeys:selfRevoke", "/v1/tokens:revoke"])
def test_its_holder_revokes_it_and_a_guess_does_not(api, key_id, path):
    assert api.call("POST", path, {"credential": RAW + "x"}).status_code == 404
    shown = api.call("GET", f"{paths.IMPORTED}/{key_id}").json()
    assert shown["status"] == "KEY_STATUS_ACTIVE"
    assert api.call("POST", path, {"credential": RAW}).status_code == 200
    assert api.code(RAW) == "REVOKED"


def test_a_batch_of_it_alone_uses_one_hash(api, key_id, gate):
    items = [{"credential": each} for each in (RAW, RAW + "x", RAW)]
    told = api.call("POST", paths.BATCH_VERIFY, {"requests": items}).json()["results"]
    assert [each["is_valid"] for each in told] == [True, False, True]
    assert gate.tried in ([RAW], [])  # used, its lookup finds nothing any more
