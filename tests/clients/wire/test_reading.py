"""How requests are read: A.1, A.4 to A.9 and what older clients send."""

import uuid
from datetime import datetime
from urllib.parse import quote

import pytest

from .conftest import APIKEYS, IMPORTED, ISSUED

REASON = "REVOCATION_REASON_SUPERSEDED"


def life(wire, ttl: str) -> int:
    key = wire.call(201, "POST", ISSUED, {"ttl": ttl})["issued_api_key"]
    begin, end = (datetime.fromisoformat(key[name]) for name in ("create_time", "expire_time"))
    return round((end - begin).total_seconds())


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [
        ("3600s", 3_600),
        ("3600.0s", 3_600),
        ("24h", 86_400),
        ("1h30m", 5_400),
        ("1.5h", 5_400),
        ("90m30s", 5_430),
        ("1500ms", 1),
        ("2s500ms", 2),
        ("30d", 2_592_000),
        ("2w", 1_209_600),
        ("1mo", 2_592_000),
        ("1y", 31_536_000),
        ("6mo5d", 15_984_000),
        ("1d12h", 129_600),
        ("0.5y", 15_768_000),
    ],
)
def test_a_ttl_is_in_protobuf_form_in_go_form_or_in_days_to_years(wire, ttl, seconds):
    # Both times are cut to what they are told in, so the difference may be a second less.
    assert life(wire, ttl) in (seconds - 1, seconds)


@pytest.mark.parametrize(
    "ttl", ["0s", "0", "-1h", "0.5s", "1", "h", "1 h", "1H", "1h 30m", "1e3s", "315360001s", ""]
)
def test_a_ttl_that_is_no_duration_or_out_of_bounds_is_a_400_naming_it(wire, ttl):
    for path, more in (
        (ISSUED, {}),
        (IMPORTED, {"raw_key": "x", "name": "n", "actor_id": "a"}),
        (f"{APIKEYS}:derive", {"credential": "x"}),
    ):
        error = wire.call(400, "POST", path, {"ttl": ttl, **more})["error"]
        assert error["details"][0]["metadata"]["field"] == "ttl"


@pytest.mark.parametrize("window", ["1m", "60", "1h", "60.5s", "0s", "-1s", "1d", "60s60s"])
def test_a_window_takes_whole_seconds_of_the_protobuf_form_alone(wire, window):
    body = {"rate_limit_policy": {"quota": "1", "window": window}}
    error = wire.call(400, "POST", ISSUED, body)["error"]
    assert error["details"][0]["metadata"]["field"] == "rate_limit_policy.window"


def test_names_are_read_in_camel_case_too_and_unknown_ones_are_dropped(wire):
    body = {
        "actorId": "me",
        "rateLimitPolicy": {"quota": "5", "window": "60s"},
        "ipRestriction": {"allowedCidrs": ["127.0.0.0/8"]},
        "requestId": str(uuid.uuid4()),
        "tomorrow": {"what": ["ever"]},
    }
    key = wire.call(201, "POST", ISSUED, body)["issued_api_key"]
    assert key["actor_id"] == "me" and key["rate_limit_policy"]["quota"] == "5"
    assert key["ip_restriction"] == {"allowed_cidrs": ["127.0.0.0/8"]}
    again = wire.call(201, "POST", ISSUED, body)
    assert again["issued_api_key"]["key_id"] == key["key_id"] and again["secret"] == ""


def test_null_is_as_good_as_absent_and_no_body_at_all_is_an_empty_one(wire):
    body = dict.fromkeys(("name", "scopes", "ttl", "metadata", "visibility", "request_id"))
    wire.call(201, "POST", ISSUED, body)
    wire.call(201, "POST", ISSUED, b"")
    key_id, _ = wire.issue(name="n")
    told = wire.call(201, "POST", f"{ISSUED}/{key_id}:rotate", {"name": None})
    assert told["issued_api_key"]["name"] == "n"


@pytest.mark.parametrize("headers", [{}, {"content_type": "text/plain"}])
def test_a_body_is_json_whatever_it_is_called(wire, headers):
    assert wire.answer("POST", ISSUED, b'{"name": "n"}', **headers).status_code == 201


@pytest.mark.parametrize("wrapper", ["issued_api_key", "issuedApiKey"])
def test_an_older_client_wraps_what_it_changes_in_the_resources_name(wire, wrapper):
    key_id, _ = wire.issue(scopes=["a"])
    path = f"{ISSUED}/{key_id}?update_mask=scopes"
    told = wire.call(200, "PATCH", path, {wrapper: {"key_id": key_id, "scopes": ["b"]}})
    assert told["scopes"] == ["b"]


def test_an_older_client_names_no_audience_and_gets_what_it_got(wire):
    told = wire.verify(wire.issue()[1])
    assert told["is_valid"] and told["audiences"] == []


@pytest.mark.parametrize(
    "mask", ["rateLimitPolicy,ipRestriction", "rate_limit_policy,ip_restriction", "metadata"]
)
def test_a_mask_names_fields_in_either_case_and_clears_what_the_body_leaves_out(wire, mask):
    key_id, _ = wire.issue(
        metadata={"a": 1},
        rate_limit_policy={"quota": 1, "window": "1s"},
        ip_restriction={"allowed_cidrs": ["127.0.0.0/8"]},
    )
    told = wire.call(200, "PATCH", f"{ISSUED}/{key_id}?update_mask={quote(mask)}")
    cleared = {name for name in ("metadata", "rate_limit_policy", "ip_restriction")
               if told[name] is None}  # fmt: skip
    assert cleared == ({"metadata"} if mask == "metadata" else {"rate_limit_policy",
                                                                "ip_restriction"})  # fmt: skip


@pytest.mark.parametrize(
    "mask",
    ["actor_id", "expire_time", "visibility", "status", "metadata.a", "rate_limit_policy.quota",
     "ipRestriction.allowedCidrs", "unknown", "*", "name,", ",", "name,actorId"],
)  # fmt: skip
def test_a_mask_of_anything_else_is_a_400_before_the_key_is_looked_for(wire, mask):
    path = f"{ISSUED}/00000000-0000-4000-8000-000000000000?update_mask={quote(mask)}"
    error = wire.call(400, "PATCH", path, {"name": "x"})["error"]
    assert error["details"][0]["metadata"]["field"] == "update_mask"


def test_without_a_mask_every_populated_field_applies_and_no_other(wire):
    key_id, _ = wire.issue(name="n", scopes=["a"], metadata={"a": 1})
    body = {"name": "", "scopes": [], "metadata": {"b": 2}, "actor_id": "thief", "status": "x"}
    told = wire.call(200, "PATCH", f"{ISSUED}/{key_id}", body)
    assert (told["name"], told["scopes"], told["metadata"]) == ("n", ["a"], {"b": 2})
    assert told["actor_id"] == ""


def test_a_revoked_and_an_expired_key_can_still_be_changed(wire, expired):
    key_id, _ = wire.issue()
    wire.call(204, "POST", f"{ISSUED}/{key_id}:revoke", {"reason": REASON})
    for each in (key_id, expired[0]):
        told = wire.call(200, "PATCH", f"{ISSUED}/{each}", {"name": "late"})
        assert told["name"] == "late"
        assert told["status"] in ("KEY_STATUS_REVOKED", "KEY_STATUS_EXPIRED")


def test_a_request_id_has_36_characters_at_most_and_its_replay_compares_no_body(wire):
    used = str(uuid.uuid4())
    assert len(used) == 36
    first = wire.call(201, "POST", ISSUED, {"request_id": used, "name": "one"})
    again = wire.call(201, "POST", ISSUED, {"request_id": used, "name": "two", "scopes": ["b"]})
    assert again == {"issued_api_key": first["issued_api_key"], "secret": ""}
    wire.call(400, "POST", ISSUED, {"request_id": used + "x"})


def test_an_imports_request_id_answers_the_resource_again(wire, raw_key):
    body = {"raw_key": raw_key, "name": "n", "actor_id": "a", "request_id": str(uuid.uuid4())}
    assert wire.call(201, "POST", IMPORTED, body) == wire.call(201, "POST", IMPORTED, body)


@pytest.mark.parametrize("name", ["x" * 255, "é" * 255, "名" * 255, "𝔵" * 255])
def test_a_name_has_255_characters_of_any_script(wire, name):
    key = wire.call(201, "POST", ISSUED, {"name": name})["issued_api_key"]
    assert key["name"] == name
    wire.call(400, "POST", ISSUED, {"name": name + name[0]})


def test_metadata_has_65536_bytes_at_most(wire):
    room = 65_536 - len('{"a":""}')
    wire.call(201, "POST", ISSUED, {"metadata": {"a": "x" * room}})
    wire.call(400, "POST", ISSUED, {"metadata": {"a": "x" * (room + 1)}})


def test_a_description_is_for_privilege_withdrawn_alone_and_has_500_characters(wire):
    key_id, _ = wire.issue()
    path = f"{ISSUED}/{key_id}:revoke"
    wire.call(400, "POST", path, {"reason": REASON, "description": "why"})
    withdrawn = {"reason": "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"}
    wire.call(400, "POST", path, {**withdrawn, "description": "x" * 501})
    wire.call(204, "POST", path, {**withdrawn, "description": "x" * 500})


def test_a_rotation_overrides_what_is_present_and_inherits_an_unspecified_visibility(wire):
    key_id, _ = wire.issue(name="n", scopes=["a"], visibility="KEY_VISIBILITY_PUBLIC")
    body = {"scopes": [], "visibility": "KEY_VISIBILITY_UNSPECIFIED"}
    told = wire.call(201, "POST", f"{ISSUED}/{key_id}:rotate", body)
    new = told["issued_api_key"]
    assert (new["name"], new["scopes"]) == ("n", [])
    assert new["visibility"] == "KEY_VISIBILITY_PUBLIC"
    path = f"{ISSUED}/{new['key_id']}:rotate"
    told = wire.call(201, "POST", path, {"visibility": "KEY_VISIBILITY_SECRET"})
    assert told["issued_api_key"]["visibility"] == "KEY_VISIBILITY_SECRET"


def test_a_batch_that_names_its_requests_twice_is_a_400(wire):
    item = b'[{"raw_key": "%s", "name": "n", "actor_id": "a"}]' % uuid.uuid4().hex.encode()
    body = b'{"requests": %s, "requests": %s}' % (item, item)
    for path in (f"{IMPORTED}:batchCreate", f"{APIKEYS}:batchVerify"):
        assert wire.call(400, "POST", path, body)["error"]["message"].startswith("body must not")
