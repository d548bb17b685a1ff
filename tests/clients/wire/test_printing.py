"""How answers are printed: A.1, A.2, A.10, A.11 and B.2 of the compatible API."""

import re
import uuid

from engine import attenuate
from engine.caveats import Budget

from .conftest import APIKEYS, IMPORTED, ISSUED

TIME = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z")
BARE_KEY = {
    "name": "",
    "actor_id": "",
    "scopes": [],
    "status": "KEY_STATUS_ACTIVE",
    "visibility": "KEY_VISIBILITY_SECRET",
    "metadata": None,
    "ip_restriction": None,
    "rate_limit_policy": None,
    "last_used_time": None,
    # Ours.
    "predecessor_key_id": None,
    "successor_key_id": None,
    "suspended": False,
    "hash_pending": False,
}
REFUSED = {
    "is_valid": False,
    "status": "KEY_STATUS_UNSPECIFIED",
    "key_id": "",
    "actor_id": "",
    "scopes": [],
    "expire_time": None,
    "metadata": None,
    "visibility": "KEY_VISIBILITY_UNSPECIFIED",
    "issuer": "",
    "audiences": [],
    "rate_limit_policy": None,
    "rate_limit_reset_time": None,
    # Ours.
    "custom_claims": None,
    "caveat": None,
    "grant_id": "",
    "delegates": [],
    "token_type": "",
}
TIMES = ("create_time", "update_time", "expire_time")


def test_a_key_prints_zero_scalars_and_lists_null_messages_and_no_unset_optional(wire):
    key = wire.call(201, "POST", ISSUED)["issued_api_key"]
    assert key.pop("key_id") and key.pop("key_hint")
    assert all(TIME.fullmatch(key.pop(name)) for name in TIMES)
    assert key == BARE_KEY  # neither revocation_reason nor revocation_description


def test_a_revoked_key_prints_its_reason_and_a_description_only_where_there_is_one(wire):
    for reason, text in (("SUPERSEDED", ""), ("PRIVILEGE_WITHDRAWN", "left")):
        key_id, _ = wire.issue()
        body = {"reason": f"REVOCATION_REASON_{reason}", "description": text}
        assert wire.call(204, "POST", f"{ISSUED}/{key_id}:revoke", body) is None
        key = wire.call(200, "GET", f"{ISSUED}/{key_id}")
        assert key["revocation_reason"] == f"REVOCATION_REASON_{reason}"
        assert key.get("revocation_description", "") == text


def test_int64_is_a_string_a_window_is_seconds_and_unit_is_always_told(wire):
    policy = {"quota": 9_007_199_254_740_993, "window": "60.000s"}
    key = wire.call(201, "POST", ISSUED, {"rate_limit_policy": policy})["issued_api_key"]
    told = {"quota": "9007199254740993", "window": "60s", "unit": "requests"}
    assert key["rate_limit_policy"] == told


def test_empty_metadata_and_empty_networks_read_back_as_null(wire):
    body = {"metadata": {}, "ip_restriction": {"allowed_cidrs": []}, "rate_limit_policy": {}}
    key = wire.call(201, "POST", ISSUED, body)["issued_api_key"]
    assert key["metadata"] is key["ip_restriction"] is key["rate_limit_policy"] is None


def test_metadata_comes_back_as_any_json_went_in(wire):
    metadata = {"s": "é", "n": 1.5, "b": True, "z": None, "l": [1, {"a": []}], "camelCase": 1}
    key_id, secret = wire.issue(metadata=metadata)
    assert wire.call(200, "GET", f"{ISSUED}/{key_id}")["metadata"] == metadata
    assert wire.verify(secret)["metadata"] == metadata


def test_an_imported_key_has_the_same_fields(wire, raw_key):
    body = {"raw_key": raw_key, "name": "n", "actor_id": "a"}
    key = wire.call(201, "POST", IMPORTED, body)
    assert key.keys() == BARE_KEY.keys() | {"key_id", "key_hint", *TIMES}


def test_a_batch_prints_numbers_and_no_error_where_there_is_none(wire, raw_key):
    body = {"requests": [{"raw_key": raw_key, "name": "n", "actor_id": "a"}, {}]}
    told = wire.call(200, "POST", f"{IMPORTED}:batchCreate", body)
    good, bad = told.pop("results")
    assert told == {"success_count": 1, "failure_count": 1}
    assert good.keys() == {"index", "imported_api_key"} and good["index"] == 0
    assert (bad["index"], bad["imported_api_key"]) == (1, None)
    assert bad["error_code"] == "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_INVALID_ARGUMENT"
    assert bad["error_message"].startswith("raw_key ")


def test_an_empty_listing_prints_an_empty_list_and_token(wire):
    path = f'{ISSUED}?filter=actor_id="{uuid.uuid4()}"'
    assert wire.call(200, "GET", path) == {"issued_api_keys": [], "next_page_token": ""}
    path = path.replace("issued", "imported")
    assert wire.call(200, "GET", path) == {"imported_api_keys": [], "next_page_token": ""}


def test_a_good_verdict_prints_no_error_and_the_issuer(wire):
    key_id, secret = wire.issue(scopes=["a"], actor_id="me")
    told = wire.verify(secret)
    assert TIME.fullmatch(told["expire_time"])
    assert told | {"expire_time": None} == REFUSED | {
        "is_valid": True,
        "status": "KEY_STATUS_ACTIVE",
        "key_id": key_id,
        "actor_id": "me",
        "scopes": ["a"],
        "visibility": "KEY_VISIBILITY_SECRET",
        "issuer": "http://127.0.0.1:4420",
        "token_type": "key",
    }


def test_a_refusal_discloses_nothing_of_the_key(wire):
    _, secret = wire.issue(
        scopes=["a"],
        actor_id="me",
        metadata={"a": 1},
        rate_limit_policy={"quota": 1, "window": "1s"},
        ip_restriction={"allowed_cidrs": ["192.0.2.0/24"]},
    )
    told = wire.verify(secret)
    code, message = told.pop("error_code"), told.pop("error_message")
    assert (code, told.pop("caveat")["type"]) == ("VERIFICATION_ERROR_IP_NOT_ALLOWED", "Network")
    assert message and told | {"caveat": None} == REFUSED


def test_rate_limited_is_the_one_refusal_that_keeps_the_keys_fields(wire):
    _, secret = wire.issue(scopes=["a"], rate_limit_policy={"quota": 7, "window": "60s"})
    spent = attenuate(secret, Budget("calls", 1, 60)).text
    good, limited = wire.verify(spent), wire.verify(spent)
    assert (good["is_valid"], limited["is_valid"]) == (True, False)
    assert limited.pop("error_code") == "VERIFICATION_ERROR_RATE_LIMITED"
    assert limited.pop("error_message") and limited.pop("caveat")["type"] == "Budget"
    assert TIME.fullmatch(limited["rate_limit_reset_time"])
    for name in REFUSED.keys() - {"is_valid", "caveat", "rate_limit_reset_time"}:
        assert limited[name] == good[name], name


def test_a_derived_token_prints_null_claims_where_there_are_none(wire):
    body = {"credential": wire.issue()[1]}
    token = wire.call(200, "POST", f"{APIKEYS}:derive", body)["token"]
    assert token.keys() == {
        "token", "expire_time", "scopes", "claims", "audiences", "grant_id",
    }  # fmt: skip
    assert (token["claims"], token["scopes"], token["audiences"]) == (None, [], [])
    assert TIME.fullmatch(token["expire_time"])


def test_claims_of_a_derived_token_are_the_keys_metadata_under_the_custom_ones(wire):
    body = {
        "credential": wire.issue(metadata={"plan": "free", "team": "red"})[1],
        "custom_claims": {"plan": "gold", "iss": "forged", "act": "forged", "nid": "forged"},
    }
    token = wire.call(200, "POST", f"{APIKEYS}:derive", body)["token"]
    assert token["claims"] == {"plan": "gold", "team": "red"}


def test_self_revocation_prints_an_empty_object(wire):
    path = "/v2alpha1/apiKeys:selfRevoke"
    assert wire.call(200, "POST", path, {"credential": wire.issue()[1]}, key=None) == {}


def test_the_key_set_is_wrapped_and_has_no_private_member(wire):
    told = wire.call(200, "GET", "/v2alpha1/derivedKeys/jwks.json", key=None)
    assert told["jwks"]["keys"] == told["keys"] != []
    assert all({"kid", "kty"} <= key.keys() and "d" not in key for key in told["keys"])


def test_ids_of_keys_and_grants_are_random_uuids_as_validators_know_them(wire, raw_key):
    key_id, secret = wire.issue()
    body = {"raw_key": raw_key, "name": "n", "actor_id": "a"}
    imported = wire.call(201, "POST", IMPORTED, body)["key_id"]
    grants = [
        wire.call(200, "POST", f"{APIKEYS}:derive", {"credential": secret, "algorithm": each})
        for each in ("TOKEN_ALGORITHM_JWT", "TOKEN_ALGORITHM_MACAROON")
    ]
    for told in (key_id, imported, *(each["token"]["grant_id"] for each in grants)):
        read = uuid.UUID(told)
        assert (read.version, read.variant, str(read)) == (4, uuid.RFC_4122, told)
