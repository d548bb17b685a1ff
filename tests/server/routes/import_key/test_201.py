"""POST /v2alpha1/admin/importedApiKeys, 201: what is made."""

import re
import uuid

import pytest

from storage.base import KeyKind
from tests.server.routes.import_key.asking import BODY, RAW, post
from tests.server.routes.paths import IMPORTED

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


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


def test_201_again_for_the_same_request_id_and_raw_key(api):
    first = post(api, request_id="r-1")
    assert first.status_code == 201
    again = post(api, request_id="r-1", name="another name")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]


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


def test_an_import_lasts_from_now_however_far_a_revocation_put_its_second(api, revoke_actor):
    revoke_actor(api, "owner")
    key_id = api.import_key("raw", actor_id="owner", ttl="10s")
    key = api.run(api.node.store.get("default", uuid.UUID(key_id).bytes))
    assert key.issued_at == api.node.now() + 1 and key.expires_at == api.node.now() + 10
