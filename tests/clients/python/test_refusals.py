"""What every operation of the official client is answered that it may not, or can't, ask for."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from ory_client import ApiKeysApi
from ory_client import models as m

NOBODY = "00000000-0000-4000-8000-000000000000"
LARGE = "x" * (4 * 1024 * 1024)
REASON = m.RevocationReason.REVOCATION_REASON_SUPERSEDED

Call = Callable[[ApiKeysApi, str], Any]

# operation -> (the scope it needs, None for anybody's; how it is called with a text in its body)
OPERATIONS: dict[str, tuple[str | None, Call]] = {
    "admin_issue_api_key": (
        "admin", lambda api, text: api.admin_issue_api_key(m.IssueApiKeyRequest(name=text))),
    "admin_list_issued_api_keys": (
        "read", lambda api, text: api.admin_list_issued_api_keys()),
    "admin_get_issued_api_key": (
        "read", lambda api, text: api.admin_get_issued_api_key(NOBODY)),
    "admin_update_issued_api_key": (
        "admin", lambda api, text: api.admin_update_issued_api_key(
            NOBODY, m.AdminUpdateIssuedApiKeyRequest(name=text))),
    "admin_rotate_issued_api_key": (
        "admin", lambda api, text: api.admin_rotate_issued_api_key(
            NOBODY, m.AdminRotateIssuedApiKeyBody(name=text))),
    "admin_revoke_issued_api_key": (
        "admin", lambda api, text: api.admin_revoke_issued_api_key(
            NOBODY, m.AdminRevokeIssuedApiKeyBody(reason=REASON, description=text or None))),
    "admin_import_api_key": (
        "admin", lambda api, text: api.admin_import_api_key(m.ImportApiKeyRequest(name=text))),
    "admin_list_imported_api_keys": (
        "read", lambda api, text: api.admin_list_imported_api_keys()),
    "admin_get_imported_api_key": (
        "read", lambda api, text: api.admin_get_imported_api_key(NOBODY)),
    "admin_update_imported_api_key": (
        "admin", lambda api, text: api.admin_update_imported_api_key(
            NOBODY, m.AdminUpdateImportedApiKeyRequest(name=text))),
    "admin_delete_imported_api_key": (
        "admin", lambda api, text: api.admin_delete_imported_api_key(NOBODY)),
    "admin_revoke_imported_api_key": (
        "admin", lambda api, text: api.admin_revoke_imported_api_key(
            NOBODY, m.AdminRevokeImportedApiKeyBody(reason=REASON, description=text or None))),
    "admin_batch_create_imported_api_keys": (
        "admin", lambda api, text: api.admin_batch_create_imported_api_keys(
            m.BatchCreateImportedApiKeysRequest(requests=[m.ImportApiKeyRequest(name=text)]))),
    "admin_verify_api_key": (
        "verify", lambda api, text: api.admin_verify_api_key(
            verify_api_key_request=m.VerifyApiKeyRequest(credential=text))),
    "admin_batch_verify_api_keys": (
        "verify", lambda api, text: api.admin_batch_verify_api_keys(
            batch_verify_api_keys_request=m.BatchVerifyApiKeysRequest(
                requests=[m.VerifyApiKeyRequest(credential=text)]))),
    "admin_derive_token": (
        "admin", lambda api, text: api.admin_derive_token(m.DeriveTokenRequest(credential=text))),
    "revoke_api_key": (
        None, lambda api, text: api.revoke_api_key(m.SelfRevokeApiKeyRequest(credential=text))),
    "get_jwks": (None, lambda api, text: api.get_jwks()),
}  # fmt: skip
ADMIN = {name: each for name, each in OPERATIONS.items() if each[0]}
BODILESS = {name for name in OPERATIONS if "_get_" in name or "_list_" in name} | {
    "admin_delete_imported_api_key",
    "get_jwks",
}


def test_these_are_all_operations_that_the_client_has():
    names = {name for name, _ in inspect.getmembers(ApiKeysApi, inspect.isfunction)}
    plain = {each for each in names if f"{each}_with_http_info" in names}
    assert plain == OPERATIONS.keys() and len(plain) == 18


@pytest.mark.parametrize("operation", ADMIN)
def test_401_without_an_admin_key_and_with_one_that_is_none(
    client, connect, live, refused, operation
):
    with refused(401, "UNAUTHORIZED"):
        ADMIN[operation][1](connect(live, None).api, "")
    for key in (client.issue(scopes=["admin"])[1], "nonsense"):
        with refused(401, "UNAUTHORIZED"):
            ADMIN[operation][1](connect(live, key).api, "")


@pytest.mark.parametrize("operation", ADMIN)
def test_403_for_a_key_of_another_scope(connect, live, refused, operation):
    needed, call = ADMIN[operation]
    for scope in {"admin", "verify", "read"} - {needed}:
        with refused(403, "FORBIDDEN"):
            call(connect(live, live.key_for(f"marzipan:{scope}")).api, "")


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in BODILESS])
def test_429_for_a_body_of_more_than_four_mebibytes(client, refused, operation):
    with refused(429, "REQUEST_TOO_LARGE"):
        OPERATIONS[operation][1](client.api, LARGE)


@pytest.mark.parametrize("operation", ADMIN)
def test_404_on_a_surface_that_does_not_serve_it(connect, public, refused, operation):
    with refused(404, "NOT_FOUND"):
        ADMIN[operation][1](connect(public, "any").api, "")


NAMING_A_KEY = [
    f"admin_{verb}_{kind}_api_key"
    for kind in ("issued", "imported")
    for verb in ("get", "update", "revoke")
] + ["admin_rotate_issued_api_key", "admin_delete_imported_api_key"]


@pytest.mark.parametrize("operation", NAMING_A_KEY)
def test_404_for_a_key_that_is_not_there(client, refused, operation):
    with refused(404, "API_KEY_NOT_FOUND"):
        OPERATIONS[operation][1](client.api, "")
