"""GET /v1/audit, 200: what it answers."""

from uuid import UUID

import msgspec
import pytest

from server.auditkeys import audit_keys
from tests.server.routes.audit.asking import pages
from tests.server.routes.paths import AUDIT


def test_200_says_who_did_what_to_which_key_newest_first(api):
    key_id, secret = api.issue()
    token = api.derive(secret)
    answer = api.call("GET", AUDIT)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    derived, issued = answer.json()["audit"]
    admin = str(UUID(bytes=api.initialised.admin_key_id))
    assert (issued["action"], issued["target"], issued["caller"]) == ("key.issue", key_id, admin)
    assert issued["time"] == "2027-01-15T08:00:00Z" and issued["detail"] == {}
    assert derived["action"] == "grant.derive" and set(derived["detail"]) == {
        "grant_id",
        "epoch",
        "generation",
        "expires_at",
    }
    assert derived["detail"]["grant_id"] == api.verify(token)["grant_id"]
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


@pytest.mark.parametrize("size", [1, 100])
def test_with_a_target_200_of_that_key_or_token_alone_in_either_spelling(api, size):
    (one, secret), (other, _) = api.issue(), api.issue()
    told = api.call("POST", "/v1/tokens:revoke", {"credential": api.narrow(secret)}, key=None)
    block = told.json()["revocation_id"]
    assert api.call("POST", f"/v1/keys/{one}:suspend").status_code == 200

    def actions(target):
        rows = pages(api, size, target=target)
        assert {row["target"] for row in rows} <= {str(UUID(target))}
        return [row["action"] for row in rows]

    assert actions(one) == actions(one.replace("-", "")) == ["key.suspend", "key.issue"]
    assert actions(other) == ["key.issue"]
    assert actions(block) == ["block.revoke"]
    assert actions(str(UUID(int=7))) == []


def test_every_id_has_one_spelling_wherever_it_is_shown(api):
    key_id, secret = api.issue(actor_id="ada")
    token = api.derive(secret)
    body = {"credential": api.narrow(token), "caveats": [{"type": "MaxDepth", "blocks": 1}]}
    narrowed = api.call("POST", "/v1/tokens:attenuate", body).json()
    killed = api.call("POST", "/v1/tokens:revoke", {"credential": narrowed["token"]}, key=None)
    reason = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    assert api.call("POST", "/v1/actors/ada:revoke", reason).status_code == 200
    [detail] = [row["detail"] for row in pages(api, 9) if "key_ids" in (row["detail"] or {})]
    log = {row["target"] for row in api.call("GET", "/v1/revocations").json()["revocations"]}
    assert detail["key_ids"] == [key_id]
    assert (
        killed.json()["revocation_id"] == narrowed["revocation_id"]
        and narrowed["revocation_id"] in log
    )
    shown = [narrowed["revocation_id"], *log, *(row["target"] for row in pages(api, 9))]
    assert all(str(UUID(each)) == each for each in shown)
