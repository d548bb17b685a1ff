"""POST /v2alpha1/admin/importedApiKeys: a raw key of another system, good at once."""

import re
import uuid

import pytest

from storage.base import KeyKind

IMPORTED = "/v2alpha1/admin/importedApiKeys"
RAW = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
BODY = {"raw_key": RAW, "name": "legacy", "actor_id": "billing"}
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def post(api, **fields):
    body = {name: value for name, value in (BODY | fields).items() if value is not None}
    return api.call("POST", IMPORTED, body)


def test_201_is_the_resource_without_the_raw_key(api):
    answer = post(
        api,
        scopes=["read"],
        ttl="1h",
        metadata={"team": "red"},
        ip_restriction={"allowed_cidrs": ["10.0.0.0/8"]},
        rate_limit_policy={"quota": "5", "window": "60s"},
        visibility="KEY_VISIBILITY_PUBLIC",
    )
    assert answer.status_code == 201 and RAW not in answer.text
    key = answer.json()
    assert re.fullmatch(UUID, key["key_id"])
    assert answer.headers["location"] == f"{IMPORTED}/{key['key_id']}"
    assert key == key | {
        "name": "legacy",
        "actor_id": "billing",
        "scopes": ["read"],
        "status": "KEY_STATUS_ACTIVE",
        "visibility": "KEY_VISIBILITY_PUBLIC",
        "metadata": {"team": "red"},
        "ip_restriction": {"allowed_cidrs": ["10.0.0.0/8"]},
        "rate_limit_policy": {"quota": "5", "unit": "requests", "window": "60s"},
        "create_time": "2027-01-15T08:00:00Z",
        "expire_time": "2027-01-15T09:00:00Z",
        "last_used_time": None,
    }
    assert "secret" not in key and "digest" not in answer.text
    assert api.call("GET", answer.headers["location"]).json() == key


def test_201_and_the_very_next_verify_is_good_even_of_a_known_stranger(api):
    api.import_key("another one")
    assert [api.code(RAW) for _ in range(2)] == ["NOT_FOUND"] * 2
    post(api)
    assert api.code(RAW) == "ok"


def test_201_without_a_ttl_has_the_default_life(api, clock):
    key_id = api.import_key(RAW)
    shown = api.call("GET", f"{IMPORTED}/{key_id}").json()
    assert shown["expire_time"] == "2027-02-14T08:00:00Z"
    assert shown["scopes"] == [] and shown["metadata"] is None


@pytest.mark.parametrize(
    "raw", ["x", "é" * 4096, "two words", "line\nline", '"; DROP TABLE', "名前"]
)
def test_201_for_any_text_of_1_to_8192_bytes(api, raw):
    api.import_key(raw)
    assert api.code(raw) == "ok"
    for other in (raw[1:] + " ", raw[:-1] + "!", raw.upper() if raw != raw.upper() else "other"):
        assert api.code(other) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"raw_key": None}, "raw_key"),
        ({"raw_key": ""}, "raw_key"),
        ({"raw_key": "x" * 8193}, "raw_key"),
        ({"raw_key": "é" * 4097}, "raw_key"),
        ({"raw_key": "a\0b"}, "raw_key"),
        ({"raw_key": "a\ufffdb"}, "raw_key"),
        ({"raw_key": 5}, "raw_key"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"actor_id": None}, "actor_id"),
        ({"name": "x" * 256}, "name"),
        ({"ttl": "0s"}, "ttl"),
        ({"ttl": "366d"}, "ttl"),
        ({"scopes": ["marzipan:admin"]}, "scopes[0]"),
        ({"scopes": [""]}, "scopes[0]"),
        ({"request_id": "x" * 37}, "request_id"),
        ({"ip_restriction": {"allowed_cidrs": ["here"]}}, "ip_restriction.allowed_cidrs[0]"),
        ({"ip_restriction": {"cidrs": []}}, "ip_restriction"),
    ],
)
def test_400_names_the_field_and_imports_nothing(api, problem, fields, field):
    error = problem(post(api, **fields), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field
    assert RAW not in str(error)
    assert api.call("GET", IMPORTED).json()["imported_api_keys"] == []


def test_409_for_a_raw_key_that_is_there_whatever_became_of_it(api, clock, problem):
    key_id = api.import_key(RAW, ttl="1h")
    problem(post(api), 409, "API_KEY_EXISTS")
    clock.forward(7200)
    problem(post(api), 409, "API_KEY_EXISTS")
    reason = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    api.call("POST", f"{IMPORTED}/{key_id}:revoke", reason)
    problem(post(api), 409, "API_KEY_EXISTS")


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


def test_201_again_for_the_same_request_id_and_raw_key(api):
    first = post(api, request_id="r-1")
    assert first.status_code == 201
    again = post(api, request_id="r-1", name="another name")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]


def test_409_for_a_request_id_that_was_for_another_key(api, problem):
    post(api, request_id="r-1")
    problem(post(api, request_id="r-1", raw_key="other"), 409, "CONFLICT")
    assert api.code("other") == "NOT_FOUND"
    api.issue(request_id="r-2")
    problem(post(api, request_id="r-2", raw_key="other"), 409, "CONFLICT")
    key_id = api.import_key("gone", request_id="r-3")
    api.call("DELETE", f"{IMPORTED}/{key_id}")
    problem(post(api, request_id="r-3", raw_key="gone"), 409, "CONFLICT")


def test_two_imports_of_one_raw_key_at_once_make_one_key(api):
    answers = api.together(*(api.send("POST", IMPORTED, BODY) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(api.call("GET", IMPORTED).json()["imported_api_keys"]) == 1


def test_a_key_imported_in_the_second_its_actor_was_revoked_is_good(api, revoke_actor):
    revoke_actor(api, "billing")
    assert post(api).status_code == 201
    assert api.code(RAW) == "ok"


def test_every_import_leaves_one_audit_row_and_a_refused_one_none(api):
    key_id = post(api).json()["key_id"]
    post(api)
    post(api, raw_key="mz_ak_x")
    rows = api.run(api.node.store.audit("default", limit=10))
    assert [(row.action, row.target) for row in rows] == [("key.import", key_id.replace("-", ""))]
    assert rows[0].caller == api.initialised.admin_key_id.hex()


def test_the_row_names_the_master_of_its_digest_and_keeps_nothing_else_of_the_raw_key(api):
    key_id = bytes.fromhex(api.import_key(RAW).replace("-", ""))
    row = api.run(api.node.store.get("default", key_id))
    assert row.kind is KeyKind.IMPORTED and row.master_id == 1
    assert row.digest == api.node.tenant.index.digest(RAW)


@pytest.mark.parametrize("scope", ["marzipan:verify", "marzipan:read"])
def test_403_for_a_caller_that_may_not_write(api, problem, scope):
    key = api.admin_key(scope)
    problem(api.call("POST", IMPORTED, BODY, key=key), 403)
    problem(api.call("POST", IMPORTED, BODY, key=None), 401)
    assert api.code(RAW) == "NOT_FOUND"


def test_409_for_a_request_id_by_which_a_key_was_imported(api, problem):
    api.import_key("raw", request_id="shared")
    answer = api.call("POST", "/v2alpha1/admin/issuedApiKeys", {"request_id": "shared"})
    assert "request_id" in problem(answer, 409, "CONFLICT")["message"]


def test_an_import_lasts_from_now_however_far_a_revocation_put_its_second(api, revoke_actor):
    revoke_actor(api, "owner")
    key_id = api.import_key("raw", actor_id="owner", ttl="10s")
    key = api.run(api.node.store.get("default", uuid.UUID(key_id).bytes))
    assert key.issued_at == api.node.now() + 1 and key.expires_at == api.node.now() + 10
