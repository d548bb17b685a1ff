"""GET /v1/audit: who did what, page by page, for holders of marzipan:read; and its heads."""

import msgspec
import pytest

from server.auditkeys import audit_keys

AUDIT = "/v1/audit"


def pages(api, size, **query):
    token, seen = "", []
    while True:
        asked = "&".join(f"{k}={v}" for k, v in {"page_size": size, **query}.items())
        answer = api.call("GET", f"{AUDIT}?{asked}&page_token={token}")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert len(told["audit"]) <= size
        seen += told["audit"]
        token = told["next_page_token"]
        if not token:
            return seen


def test_200_says_who_did_what_to_which_key_newest_first(api):
    key_id, secret = api.issue()
    api.derive(secret)
    answer = api.call("GET", AUDIT)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    derived, issued = answer.json()["audit"]
    plain = key_id.replace("-", "")
    admin = api.initialised.admin_key_id.hex()
    assert (issued["action"], issued["target"], issued["caller"]) == ("key.issue", plain, admin)
    assert issued["time"] == "2027-01-15T08:00:00Z" and issued["detail"] == {}
    assert derived["action"] == "grant.derive" and set(derived["detail"]) == {
        "grant_id",
        "epoch",
        "generation",
        "expires_at",
    }
    assert derived["position"].split(":")[1] == "2"
    assert answer.json()["next_page_token"] == ""
    assert secret not in answer.text


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_lose_and_repeat_nothing_though_all_is_of_one_millisecond(api, size):
    for _ in range(5):
        api.issue()
    assert [row["position"].split(":")[1] for row in pages(api, size)] == list("54321")


def test_200_of_the_admin_keys_tenant_apart(api):
    api.issue()
    rows = pages(api, 10, tenant="marzipan")
    assert [row["action"] for row in rows] == ["key.issue"]
    assert rows[0]["caller"] == "init"


def test_400_for_another_tenant_and_a_token_of_elsewhere(api, problem):
    for _ in range(3):
        api.issue()
    token = api.call("GET", f"{AUDIT}?page_size=1").json()["next_page_token"]
    listing = api.call("GET", "/v2alpha1/admin/issuedApiKeys?page_size=1").json()
    for query in (
        "tenant=other",
        "page_size=x",
        "page_token=x",
        f"page_token={token}&tenant=marzipan",
        f"page_token={listing['next_page_token']}",
    ):
        problem(api.call("GET", f"{AUDIT}?{query}"), 400, "BAD_REQUEST")


@pytest.mark.parametrize("path", [AUDIT, f"{AUDIT}/heads"])
def test_401_and_403_without_the_scope_to_read(api, problem, path):
    _, secret = api.issue()
    problem(api.call("GET", path, key=None), 401)
    problem(api.call("GET", path, key=secret), 401)
    problem(api.call("GET", path, key=api.admin_key("marzipan:verify")), 403)
    assert api.call("GET", path, key=api.admin_key("marzipan:read")).status_code == 200


def test_heads_200_name_the_newest_row_of_every_shard_that_has_any(api):
    api.issue()
    heads = api.call("GET", f"{AUDIT}/heads").json()["heads"]
    newest = {
        row["position"]: row["hash"] for row in pages(api, 9) + pages(api, 9, tenant="marzipan")
    }
    assert {f"{head['shard']}:{head['seq']}": head["hash"] for head in heads} == newest


def test_every_row_is_under_the_current_masters_key(api):
    api.issue()
    api.reopen()
    _, secret = api.issue()
    api.call("POST", "/v1/tokens:revoke", {"credential": secret}, key=None)
    assert {row.master_id for row in api.run(api.node.store.audit("default", limit=9))} == {1}
    assert api.run(api.node.store.verify_audit()) is None


def test_the_key_of_the_audit_is_none_that_the_house_uses_otherwise(api):
    [key] = audit_keys(api.node.keyring).values()
    others = {api.node.tenant.keys.root(1).secret, api.node.keyring.current.check_value()}
    assert len(key) == 32 and key not in others


def test_a_detail_that_is_no_json_hides_none_of_the_page(api, monkeypatch):
    api.issue()
    kept = api.node.store.audit

    async def tampered(*args, **named):
        rows = await kept(*args, **named)
        return [msgspec.structs.replace(row, detail=b"\xff{") for row in rows]

    monkeypatch.setattr(api.node.store, "audit", tampered)
    [row] = api.call("GET", AUDIT).json()["audit"]
    assert row["detail"] is None and row["action"] == "key.issue"
