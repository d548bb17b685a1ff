"""POST /v2alpha1/admin/importedApiKeys, 409: what stands against it."""

from tests.server.routes.import_key.asking import RAW, post
from tests.server.routes.paths import IMPORTED


def test_409_for_a_raw_key_that_is_there_whatever_became_of_it(api, clock, problem):
    key_id = api.import_key(RAW, ttl="1h")
    problem(post(api), 409, "API_KEY_EXISTS")
    clock.forward(7200)
    problem(post(api), 409, "API_KEY_EXISTS")
    reason = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    api.call("POST", f"{IMPORTED}/{key_id}:revoke", reason)
    problem(post(api), 409, "API_KEY_EXISTS")


def test_409_names_the_key_that_has_the_raw_key(api, problem):
    key_id = api.import_key(RAW)
    error = problem(post(api), 409, "API_KEY_EXISTS")
    assert error["metadata"] == {"key_id": key_id}
    assert error["message"] == f"This raw key is imported already, as key {key_id}."


def test_409_for_a_raw_key_that_was_imported_under_a_retired_master(api, problem, rotate_master):
    api.import_key(RAW)
    rotate_master(api)
    problem(post(api), 409, "API_KEY_EXISTS")
    assert api.code(RAW) == "ok"


def test_409_for_what_would_be_judged_as_something_else(api, problem, forge):
    _, secret = api.issue()
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    for raw in (secret, public, forge.foreign(), "mz_ak_", "mz_pk_x"):
        problem(post(api, raw_key=raw), 409, "CONFLICT")
    grant = api.derive(secret)
    jwt = api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT")
    for raw in (grant, api.narrow(grant), jwt, "eyJh.a.b", "mz_mc_x", "mz_ms_x"):
        problem(post(api, raw_key=raw), 409, "FAILED_PRECONDITION")


def test_409_for_a_request_id_that_was_for_another_key(api, problem):
    post(api, request_id="r-1")
    problem(post(api, request_id="r-1", raw_key="other"), 409, "CONFLICT")
    assert api.code("other") == "NOT_FOUND"
    api.issue(request_id="r-2")
    problem(post(api, request_id="r-2", raw_key="other"), 409, "CONFLICT")
    key_id = api.import_key("gone", request_id="r-3")
    api.call("DELETE", f"{IMPORTED}/{key_id}")
    problem(post(api, request_id="r-3", raw_key="gone"), 409, "CONFLICT")


def test_409_for_a_request_id_by_which_a_key_was_imported(api, problem):
    api.import_key("raw", request_id="shared")
    answer = api.call("POST", "/v2alpha1/admin/issuedApiKeys", {"request_id": "shared"})
    assert "request_id" in problem(answer, 409, "CONFLICT")["message"]
