"""Issue, get, list, update, rotate and revoke through the official client."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from ory_client.models import (
    AdminRevokeIssuedApiKeyBody,
    AdminRotateIssuedApiKeyBody,
    AdminUpdateIssuedApiKeyRequest,
    IPRestriction,
    IssueApiKeyRequest,
    KeyStatus,
    KeyVisibility,
    RateLimitPolicy,
    RevocationReason,
)

ISSUED = "/v2alpha1/admin/issuedApiKeys"
NOBODY = "00000000-0000-4000-8000-000000000000"
FULL = {
    "name": "backend",
    "actor_id": "billing",
    "scopes": ["payments:execute", "payments:read"],
    "ttl": "1h30m",
    "metadata": {"team": "red", "n": 1.5, "none": None, "deep": [{"a": True}]},
    "rate_limit_policy": RateLimitPolicy(quota="100", unit="requests", window="60s"),
    "ip_restriction": IPRestriction(allowed_cidrs=["127.0.0.0/8", "2001:db8::/32"]),
    "visibility": KeyVisibility.KEY_VISIBILITY_SECRET,
}


def full() -> IssueApiKeyRequest:
    return IssueApiKeyRequest(**FULL)


def test_issue_201_has_every_field_the_client_sent_and_a_location(client):
    answer = client.api.admin_issue_api_key_with_http_info(full())
    key = answer.data.issued_api_key
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{ISSUED}/{key.key_id}"
    for name in ("name", "actor_id", "scopes", "metadata", "rate_limit_policy", "ip_restriction"):
        assert getattr(key, name) == FULL[name], name
    assert (key.status, key.visibility) == (
        KeyStatus.KEY_STATUS_ACTIVE,
        KeyVisibility.KEY_VISIBILITY_SECRET,
    )
    lasts = key.expire_time - key.create_time
    assert timedelta(minutes=89) < lasts <= timedelta(minutes=90)
    assert abs(datetime.now(UTC) - key.create_time) < timedelta(minutes=1)
    assert key.last_used_time is None and key.revocation_description is None
    assert client.code(answer.data.secret) == "ok"


def test_issue_201_of_nothing_at_all(client):
    key = client.api.admin_issue_api_key(IssueApiKeyRequest()).issued_api_key
    assert (key.name, key.actor_id, key.scopes, key.metadata) == ("", "", [], None)
    assert (key.rate_limit_policy, key.ip_restriction) == (None, None)


def test_issue_201_replayed_shows_the_same_key_and_no_secret(client):
    asked = IssueApiKeyRequest(name="once", request_id=str(uuid.uuid4()))
    first, again = client.api.admin_issue_api_key(asked), client.api.admin_issue_api_key(asked)
    assert first.secret and again.secret == ""
    assert again.issued_api_key == first.issued_api_key


@pytest.mark.parametrize(
    "fields",
    [
        {"ttl": "0s"},
        {"ttl": "366d"},
        {"ttl": "soon"},
        {"name": "x" * 256},
        {"request_id": "x" * 37},
        {"ip_restriction": IPRestriction(allowed_cidrs=["10.0.0.1"])},
        {"rate_limit_policy": RateLimitPolicy(quota="5", unit="bytes", window="60s")},
        {"rate_limit_policy": RateLimitPolicy(quota="5", window="1.5s")},
        {"metadata": {"a": "x" * 65_536}},
    ],
)
def test_issue_400(client, refused, fields):
    with refused(400, "BAD_REQUEST"):
        client.api.admin_issue_api_key(IssueApiKeyRequest(**fields))


def test_issue_409_for_a_request_id_that_an_import_used(client, refused):
    used = str(uuid.uuid4())
    body = {"raw_key": used, "name": "n", "actor_id": "a", "request_id": used}
    assert client.server.call("POST", "/v2alpha1/admin/importedApiKeys", body).status_code == 201
    with refused(409):
        client.api.admin_issue_api_key(IssueApiKeyRequest(request_id=used))


def test_get_200_is_what_issue_told(client):
    made = client.api.admin_issue_api_key(full()).issued_api_key
    assert client.api.admin_get_issued_api_key(made.key_id) == made


def test_get_200_shows_a_suspended_key_in_the_words_that_the_client_has(client, live):
    key_id, secret = client.issue()
    for verb, status, code in (
        ("suspend", KeyStatus.KEY_STATUS_REVOKED, "REVOKED"),
        ("resume", KeyStatus.KEY_STATUS_ACTIVE, "ok"),
    ):
        assert live.call("POST", f"/v1/keys/{key_id}:{verb}").status_code == 200
        told = client.api.admin_get_issued_api_key(key_id)
        assert (told.status, client.code(secret)) == (status, code)
        assert told.additional_properties["suspended"] is (verb == "suspend")
        page = client.api.admin_list_issued_api_keys(filter="status=KEY_STATUS_REVOKED")
        assert all(key.status == KeyStatus.KEY_STATUS_REVOKED for key in page.issued_api_keys)


def test_get_200_reads_expired_once_its_time_is_over(client, expired):
    key_id, _ = expired
    assert client.api.admin_get_issued_api_key(key_id).status == KeyStatus.KEY_STATUS_EXPIRED


def test_list_200_gives_each_of_2500_keys_once(client):
    actor = f"many-{uuid.uuid4()}"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: client.issue(actor_id=actor)[0], range(2_500)))
    listed: list[str] = []
    sizes, token = [], None
    while token != "":
        page = client.api.admin_list_issued_api_keys(
            page_size=1_000, page_token=token, filter=f'actor_id="{actor}"'
        )
        listed += [key.key_id for key in page.issued_api_keys]
        sizes.append(len(page.issued_api_keys))
        token = page.next_page_token
    assert sizes == [1_000, 1_000, 500]
    assert listed == sorted(made, reverse=True)


def test_list_200_by_every_filter_the_client_documents(client, expired):
    actor = f"filter-{uuid.uuid4()}"
    kept, gone = (client.issue(actor_id=actor)[0] for _ in range(2))
    reason = RevocationReason.REVOCATION_REASON_SUPERSEDED
    client.api.admin_revoke_issued_api_key(gone, AdminRevokeIssuedApiKeyBody(reason=reason))

    def listed(text: str) -> set[str]:
        page = client.api.admin_list_issued_api_keys(page_size=1_000, filter=text)
        return {key.key_id for key in page.issued_api_keys}

    assert listed(f'actor_id="{actor}"') == {kept, gone}
    assert listed(f'actor_id="{actor}" AND status=KEY_STATUS_ACTIVE') == {kept}
    assert listed(f'actor_id="{actor}" AND status=KEY_STATUS_REVOKED') == {gone}
    assert gone in listed("status=KEY_STATUS_REVOKED")
    assert expired[0] in listed("status=KEY_STATUS_EXPIRED")


def test_list_400_for_a_filter_size_or_token_it_does_not_know(client, refused):
    for how in ({"filter": 'name="x"'}, {"filter": "status=ACTIVE"}, {"page_token": "x" * 64}):
        with refused(400, "BAD_REQUEST"):
            client.api.admin_list_issued_api_keys(**how)


def test_update_200_changes_what_the_mask_names_with_the_bare_resource(client):
    key_id, _ = client.issue(**FULL)
    body = AdminUpdateIssuedApiKeyRequest(name="new", scopes=["other"])
    told = client.api.admin_update_issued_api_key(key_id, body, update_mask="name")
    assert (told.name, told.scopes) == ("new", FULL["scopes"])
    told = client.api.admin_update_issued_api_key(
        key_id,
        AdminUpdateIssuedApiKeyRequest(),
        update_mask="scopes,metadata,rateLimitPolicy,ip_restriction",
    )
    assert (told.scopes, told.metadata, told.name) == ([], None, "new")
    assert (told.rate_limit_policy, told.ip_restriction) == (None, None)


def test_update_200_without_a_mask_applies_every_populated_field(client):
    key_id, _ = client.issue(**FULL)
    body = AdminUpdateIssuedApiKeyRequest(metadata={"team": "blue"}, actor_id="thief")
    told = client.api.admin_update_issued_api_key(key_id, body)
    assert (told.metadata, told.name) == ({"team": "blue"}, "backend")
    assert (told.actor_id, told.status) == ("billing", KeyStatus.KEY_STATUS_ACTIVE)


def test_update_200_of_what_the_client_read_before(client):
    made = client.api.admin_issue_api_key(full()).issued_api_key
    made.name = "read, changed, written"
    body = AdminUpdateIssuedApiKeyRequest.from_dict(made.to_dict())
    told = client.api.admin_update_issued_api_key(made.key_id, body)
    assert told.name == "read, changed, written"
    assert told.model_copy(update={"update_time": made.update_time}) == made


@pytest.mark.parametrize("mask", ["actor_id", "metadata.team", "key_id", "*", "nope"])
def test_update_400_for_a_mask_of_anything_else(client, refused, mask):
    with refused(400, "BAD_REQUEST"):
        client.api.admin_update_issued_api_key(
            NOBODY, AdminUpdateIssuedApiKeyRequest(name="x"), update_mask=mask
        )


def test_rotate_201_inherits_and_the_old_key_ends_at_once(client):
    key_id, secret = client.issue(**FULL)
    answer = client.api.admin_rotate_issued_api_key_with_http_info(
        key_id, AdminRotateIssuedApiKeyBody()
    )
    new, old = answer.data.issued_api_key, answer.data.old_issued_api_key
    assert (answer.status_code, answer.headers["location"]) == (201, f"{ISSUED}/{new.key_id}")
    assert new.key_id != old.key_id == key_id
    for name in ("name", "actor_id", "scopes", "metadata", "expire_time", "visibility"):
        assert getattr(new, name) == getattr(old, name), name
    assert old.status == KeyStatus.KEY_STATUS_REVOKED
    assert old.revocation_reason == RevocationReason.REVOCATION_REASON_SUPERSEDED
    assert (client.code(secret), client.code(answer.data.secret)) == ("REVOKED", "ok")


def test_rotate_201_keeps_a_public_key_public_though_the_client_sends_unspecified(client):
    key_id, _ = client.issue(visibility=KeyVisibility.KEY_VISIBILITY_PUBLIC)
    body = AdminRotateIssuedApiKeyBody(scopes=["a"])
    assert body.to_dict()["visibility"] == KeyVisibility.KEY_VISIBILITY_UNSPECIFIED
    told = client.api.admin_rotate_issued_api_key(key_id, body)
    assert told.issued_api_key.visibility == KeyVisibility.KEY_VISIBILITY_PUBLIC
    assert told.issued_api_key.scopes == ["a"]
    assert told.secret.startswith("mz_pk_")


def test_rotate_201_overrides_what_is_present_though_empty(client):
    key_id, _ = client.issue(**FULL)
    body = AdminRotateIssuedApiKeyBody(
        name="", scopes=[], metadata={}, ip_restriction=IPRestriction()
    )
    new = client.api.admin_rotate_issued_api_key(key_id, body).issued_api_key
    assert (new.name, new.scopes, new.metadata, new.ip_restriction) == ("", [], None, None)
    assert new.rate_limit_policy == FULL["rate_limit_policy"]


def test_rotate_400_for_a_field_beyond_its_limit(client, refused):
    key_id, _ = client.issue()
    with refused(400, "BAD_REQUEST"):
        body = AdminRotateIssuedApiKeyBody(scopes=["s"] * 257)
        client.api.admin_rotate_issued_api_key(key_id, body)


def test_rotate_409_for_a_key_that_is_not_active(client, expired, refused):
    key_id, _ = client.issue()
    client.api.admin_rotate_issued_api_key(key_id, AdminRotateIssuedApiKeyBody())
    for each in (key_id, expired[0]):
        with refused(409, "FAILED_PRECONDITION"):
            client.api.admin_rotate_issued_api_key(each, AdminRotateIssuedApiKeyBody())


@pytest.mark.parametrize(
    ("reason", "description"),
    [
        ("KEY_COMPROMISE", None),
        ("AFFILIATION_CHANGED", None),
        ("SUPERSEDED", None),
        ("PRIVILEGE_WITHDRAWN", "left the team"),
        ("PRIVILEGE_WITHDRAWN", None),
    ],
)
def test_revoke_204_with_each_reason_and_409_the_second_time(client, refused, reason, description):
    key_id, secret = client.issue()
    reason = RevocationReason(f"REVOCATION_REASON_{reason}")
    body = AdminRevokeIssuedApiKeyBody(reason=reason, description=description)
    answer = client.api.admin_revoke_issued_api_key_with_http_info(key_id, body)
    assert (answer.status_code, answer.raw_data) == (204, b"")
    key = client.api.admin_get_issued_api_key(key_id)
    assert (key.status, key.revocation_reason) == (KeyStatus.KEY_STATUS_REVOKED, reason)
    assert key.revocation_description == description
    assert client.code(secret) == "REVOKED"
    with refused(409, "CONFLICT"):
        client.api.admin_revoke_issued_api_key(key_id, body)


@pytest.mark.parametrize(
    "body",
    [
        AdminRevokeIssuedApiKeyBody(),
        AdminRevokeIssuedApiKeyBody(
            reason=RevocationReason.REVOCATION_REASON_SUPERSEDED, description="why"
        ),
    ],
)
def test_revoke_400_without_a_reason_or_with_a_description_of_another(client, refused, body):
    key_id, secret = client.issue()
    with refused(400, "BAD_REQUEST"):
        client.api.admin_revoke_issued_api_key(key_id, body)
    assert client.code(secret) == "ok"
