"""Import, batch import, get, list, update, revoke and delete through the official client."""

import uuid
from collections import Counter

import pytest
from ory_client.models import (
    AdminRevokeImportedApiKeyBody,
    AdminUpdateImportedApiKeyRequest,
    BatchCreateImportedApiKeysErrorCode,
    BatchCreateImportedApiKeysRequest,
    ImportApiKeyRequest,
    KeyStatus,
    RevocationReason,
)

IMPORTED = "/v2alpha1/admin/importedApiKeys"
SUPERSEDED = RevocationReason.REVOCATION_REASON_SUPERSEDED


def raw() -> str:
    return f"sk_live_{uuid.uuid4().hex}"


def asked(raw_key: str, **fields: object) -> ImportApiKeyRequest:
    return ImportApiKeyRequest(
        **{"raw_key": raw_key, "name": "legacy", "actor_id": "owner"} | fields
    )


def batch(client, *items: ImportApiKeyRequest):
    return client.api.admin_batch_create_imported_api_keys(
        BatchCreateImportedApiKeysRequest(requests=list(items))
    )


def test_import_201_has_a_location_and_the_raw_key_verifies(client):
    key = raw()
    answer = client.api.admin_import_api_key_with_http_info(asked(key, scopes=["a"], ttl="1y"))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{IMPORTED}/{answer.data.key_id}"
    assert (answer.data.scopes, answer.data.status) == (["a"], KeyStatus.KEY_STATUS_ACTIVE)
    assert client.verify(key).key_id == answer.data.key_id
    assert client.api.admin_get_imported_api_key(answer.data.key_id).create_time


def test_import_201_replayed_is_the_same_resource(client):
    request = asked(raw(), request_id=str(uuid.uuid4()))
    first, again = (client.api.admin_import_api_key(request) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    "fields", [{"raw_key": ""}, {"name": ""}, {"actor_id": ""}, {"raw_key": "x" * 8_193}]
)
def test_import_400_for_what_is_required_or_too_long(client, refused, fields):
    with refused(400, "BAD_REQUEST"):
        client.api.admin_import_api_key(asked(**({"raw_key": raw()} | fields)))


def test_import_409_for_a_known_raw_key_and_what_looks_like_another_kind(client, refused):
    key = raw()
    client.api.admin_import_api_key(asked(key))
    with refused(409, "API_KEY_EXISTS"):
        client.api.admin_import_api_key(asked(key))
    with refused(409, "CONFLICT"):
        client.api.admin_import_api_key(asked(client.issue()[1]))
    for derived in ("eyJhbGciOiJFZERTQSJ9.e30.AA", "mz_mc_x"):
        with refused(409, "FAILED_PRECONDITION"):
            client.api.admin_import_api_key(asked(derived))


def test_batch_import_200_tells_each_item_apart(client):
    key, known = raw(), raw()
    client.api.admin_import_api_key(asked(known))
    issued = client.issue()[1]
    told = batch(
        client, asked(key), asked(known), asked(key), asked(raw(), name=""), asked("mz_mc_x"),
        asked(issued),
    )  # fmt: skip
    error = BatchCreateImportedApiKeysErrorCode
    codes = [each.error_code.value.partition("ERROR_")[2] for each in told.results]
    assert codes == [
        "UNSPECIFIED", "ALREADY_EXISTS", "ALREADY_EXISTS", "INVALID_ARGUMENT",
        "FAILED_PRECONDITION", "ALREADY_EXISTS",
    ]  # fmt: skip
    assert (told.success_count, told.failure_count) == (1, 5)
    assert [each.index for each in told.results] == [0, 1, 2, 3, 4, 5]
    assert told.results[0].imported_api_key and not told.results[1].imported_api_key
    assert told.results[1].error_code in error and told.results[0].error_message is None
    assert "requests[0]" in told.results[2].error_message


@pytest.mark.parametrize("count", [0, 1_001])
def test_batch_import_400_for_none_and_for_more_than_1000(client, refused, count):
    with refused(400, "BAD_REQUEST"):
        batch(client, *(asked(raw()) for _ in range(count)))


def test_batch_import_is_the_most_frequent_fault_where_all_failed(client, refused):
    known = raw()
    client.api.admin_import_api_key(asked(known))
    with refused(409, "API_KEY_EXISTS"):
        batch(client, asked(known), asked(known), asked(raw(), name=""))
    with refused(400, "BAD_REQUEST"):
        batch(client, asked(known), asked("", name="a"), asked("", name="b"))
    with refused(409, "FAILED_PRECONDITION"):
        batch(client, asked("mz_mc_a"), asked("mz_mc_b"), asked(known))


def test_batch_import_ties_prefer_what_exists_then_what_is_invalid(client, refused):
    known = raw()
    client.api.admin_import_api_key(asked(known))
    with refused(409, "API_KEY_EXISTS"):
        batch(client, asked("mz_mc_x"), asked(""), asked(known))
    with refused(400, "BAD_REQUEST"):
        batch(client, asked("mz_mc_x"), asked(""))


def test_list_200_gives_each_of_2500_imported_in_batches_once(client):
    actor = f"many-{uuid.uuid4()}"
    made: list[str] = []
    for size in (1_000, 1_000, 500):
        told = batch(client, *(asked(raw(), actor_id=actor) for _ in range(size)))
        assert (told.success_count, told.failure_count) == (size, 0)
        made += [each.imported_api_key.key_id for each in told.results]
    listed: Counter[str] = Counter()
    token = None
    while token != "":
        page = client.api.admin_list_imported_api_keys(
            page_size=700, page_token=token, filter=f'actor_id="{actor}"'
        )
        listed.update(key.key_id for key in page.imported_api_keys)
        token = page.next_page_token
    assert listed == Counter(made)


def test_list_400_for_a_page_token_of_the_issued_keys(client, refused):
    for _ in range(2):
        client.issue()
    token = client.api.admin_list_issued_api_keys(page_size=1).next_page_token
    with refused(400, "BAD_REQUEST"):
        client.api.admin_list_imported_api_keys(page_size=1, page_token=token)


def test_update_200_with_and_without_a_mask_and_400_for_another(client, refused):
    key_id = client.api.admin_import_api_key(asked(raw(), scopes=["a"])).key_id
    body = AdminUpdateImportedApiKeyRequest(name="new", scopes=["b"])
    told = client.api.admin_update_imported_api_key(key_id, body, update_mask="name")
    assert (told.name, told.scopes) == ("new", ["a"])
    assert client.api.admin_update_imported_api_key(key_id, body).scopes == ["b"]
    with refused(400, "BAD_REQUEST"):
        client.api.admin_update_imported_api_key(key_id, body, update_mask="raw_key")


def test_revoke_204_then_409_and_400_without_a_reason(client, refused):
    key = raw()
    key_id = client.api.admin_import_api_key(asked(key)).key_id
    with refused(400, "BAD_REQUEST"):
        client.api.admin_revoke_imported_api_key(key_id, AdminRevokeImportedApiKeyBody())
    body = AdminRevokeImportedApiKeyBody(reason=SUPERSEDED)
    answer = client.api.admin_revoke_imported_api_key_with_http_info(key_id, body)
    assert answer.status_code == 204
    told = client.api.admin_get_imported_api_key(key_id)
    assert (told.status, told.revocation_reason) == (KeyStatus.KEY_STATUS_REVOKED, SUPERSEDED)
    assert client.code(key) == "REVOKED"
    with refused(409, "CONFLICT"):
        client.api.admin_revoke_imported_api_key(key_id, body)


def test_delete_204_and_then_404(client, refused):
    key = raw()
    key_id = client.api.admin_import_api_key(asked(key)).key_id
    assert client.api.admin_delete_imported_api_key_with_http_info(key_id).status_code == 204
    with refused(404, "API_KEY_NOT_FOUND"):
        client.api.admin_delete_imported_api_key(key_id)
    assert client.code(key) == "NOT_FOUND"
