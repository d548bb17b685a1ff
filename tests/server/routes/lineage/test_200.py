"""GET /v1/keys/{key_id}/lineage 200: what a key came from, and what hangs on it."""

from urllib.parse import urlencode

import msgspec
import pytest

from engine import Kind, Revocation, tenant_target
from engine.caveats import MaxDepth
from server import lineage as lineage_
from server import walking
from storage.base import AuditEvent, Change, NewRevocation

ISSUED = "/v2alpha1/admin/issuedApiKeys"


def lineage(api, key_id, **query):
    answer = api.call("GET", f"/v1/keys/{key_id}/lineage?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def only_token(api, key_id):
    [token] = lineage(api, key_id)["tokens"]
    return token


def rotate(api, key_id, **body):
    answer = api.call("POST", f"{ISSUED}/{key_id}:rotate", body)
    assert answer.status_code == 201, answer.text
    return answer.json()["issued_api_key"]["key_id"], answer.json()["secret"]


def grant_id(api, token):
    return api.verify(token)["grant_id"]


def test_a_fresh_key_is_alone(api):
    key_id, _ = api.issue(name="one", ttl="60s")
    told = lineage(api, key_id)
    assert told == {
        "keys": [
            {
                "key_id": key_id,
                "kind": "issued",
                "name": "one",
                "status": "active",
                "dead_by": None,
                "create_time": "2027-01-15T08:00:00Z",
                "expire_time": "2027-01-15T08:01:00Z",
                "predecessor_key_id": None,
                "successor_key_id": None,
            }
        ],
        "tokens": [],
        "next_page_token": "",
    }


def test_rotations_are_told_from_the_oldest_to_the_newest_from_wherever_one_asks(api, clock):
    first, _ = api.issue(ttl="1h")
    clock.forward(1)
    second, _ = rotate(api, first, grace="60s")
    clock.forward(1)
    third, _ = rotate(api, second)
    for key_id in (first, second, third):
        keys = lineage(api, key_id)["keys"]
        assert [key["key_id"] for key in keys] == [first, second, third]
        assert [key["predecessor_key_id"] for key in keys] == [None, first, second]
        assert [key["successor_key_id"] for key in keys] == [second, third, None]
        assert [key["status"] for key in keys] == ["active", "revoked", "active"]
        assert [key["dead_by"] for key in keys] == [None, "key", None]
    clock.forward(60)
    assert lineage(api, third)["keys"][0]["status"] == "expired"
    assert lineage(api, third)["keys"][0]["dead_by"] == "rotation"


def test_a_long_chain_is_told_in_parts_that_join(api, monkeypatch):
    monkeypatch.setattr(lineage_, "MOST_KEYS", 3)
    chain = [api.issue()[0]]
    for _ in range(8):
        chain.append(rotate(api, chain[-1])[0])
    keys = lineage(api, chain[4])["keys"]
    assert [key["key_id"] for key in keys] == chain[1:8]
    assert keys[0]["predecessor_key_id"] == chain[0]
    assert keys[-1]["successor_key_id"] == chain[8]
    assert [key["key_id"] for key in lineage(api, chain[8])["keys"]] == chain[5:]


def test_a_chain_that_bites_its_tail_ends(api):
    key_id, _ = api.issue()
    store, tenant = api.node.store, api.node.tenant.name
    raw = bytes.fromhex(key_id.replace("-", ""))
    old = api.run(store.get(tenant, raw))
    new = msgspec.structs.replace(old, successor=raw)
    change = Change(
        tenant=tenant,
        at_ms=1,
        audit=AuditEvent(action="test", caller="test"),
        replace=((old, new),),
    )
    api.run(api.node.commit(change))
    assert len(lineage(api, key_id)["keys"]) == 1 + lineage_.MOST_KEYS


@pytest.mark.parametrize("format_", ["MACAROON", "JWT"])
def test_a_derived_token_is_told_until_it_expires(api, clock, format_):
    key_id, secret = api.issue(actor_id="ada", scopes=["a"])
    clock.forward(1)
    token = api.derive(
        secret, ttl="60s", audiences=["shop", "bank"], algorithm=f"TOKEN_ALGORITHM_{format_}"
    )
    told = only_token(api, key_id)
    assert told == {
        "grant_id": api.verify(token, expected_audiences=["shop"])["grant_id"],
        "format": format_.lower(),
        "actor_id": "ada",
        "audiences": ["shop", "bank"],
        "create_time": "2027-01-15T08:00:01Z",
        "expire_time": "2027-01-15T08:01:01Z",
        "dead_by": None,
    }
    clock.forward(59)
    assert only_token(api, key_id) == told
    clock.forward(1)
    assert lineage(api, key_id)["tokens"] == []


def test_tokens_of_an_imported_key_are_told_too(api):
    key_id = api.import_key("a raw key of another system", scopes=["a"])
    token = api.derive("a raw key of another system")
    told = lineage(api, key_id)
    assert told["keys"][0]["kind"] == "imported"
    assert told["tokens"][0]["grant_id"] == grant_id(api, token)


def test_another_keys_tokens_and_what_was_narrowed_offline_are_not_told(api):
    key_id, secret = api.issue()
    other, other_secret = api.issue()
    mine, theirs = api.derive(secret), api.derive(other_secret)
    api.narrow(mine, MaxDepth(1))
    api.narrow(secret, MaxDepth(1))
    assert only_token(api, key_id)["grant_id"] == grant_id(api, mine)
    assert only_token(api, other)["grant_id"] == grant_id(api, theirs)


def revoke_grant(api, key_id, secret, token):
    body = {"grant_id": grant_id(api, token)}
    assert api.call("POST", "/v1/revocations", body).status_code == 200


def revoke_own(api, key_id, secret, token):
    assert api.call("POST", "/v1/tokens:revoke", {"credential": token}).status_code == 200


def revoke_key(api, key_id, secret, token):
    body = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    assert api.call("POST", f"{ISSUED}/{key_id}:revoke", body).status_code == 204


def narrow_key(api, key_id, secret, token):
    answer = api.call("PATCH", f"{ISSUED}/{key_id}?update_mask=scopes", {"scopes": ["a"]})
    assert answer.status_code == 200


def rotate_at_once(api, key_id, secret, token):
    rotate(api, key_id)


def rotate_with_grace(api, key_id, secret, token):
    rotate(api, key_id, grace="10s")
    api.clock.forward(10)


def revoke_tenant(api, key_id, secret, token):
    node, now = api.node, api.node.now()
    target = tenant_target(node.tenant.name)
    entry = NewRevocation(revocation=Revocation(Kind.TENANT, target, now), expires_at=now + 9999)
    event = AuditEvent(action="tenant.revoke", caller="test")
    change = Change(tenant=node.tenant.name, at_ms=now * 1000, audit=event, revoke=(entry,))
    api.run(node.commit(change))


DEATHS = [
    (revoke_grant, "grant"),
    (revoke_own, "grant"),
    (revoke_key, "key"),
    (narrow_key, "children"),
    (rotate_at_once, "key"),
    (rotate_with_grace, "rotation"),
    (revoke_tenant, "tenant"),
]


@pytest.mark.parametrize(("kill", "why"), DEATHS)
@pytest.mark.parametrize("algorithm", ["TOKEN_ALGORITHM_MACAROON", "TOKEN_ALGORITHM_JWT"])
def test_a_token_is_told_dead_when_it_is_and_why(api, kill, why, algorithm):
    key_id, secret = api.issue(scopes=["a", "b"], actor_id="ada")
    token = api.derive(secret, algorithm=algorithm)
    assert only_token(api, key_id)["dead_by"] is None and api.code(token) == "ok"
    kill(api, key_id, secret, token)
    assert only_token(api, key_id)["dead_by"] == why and api.code(token) != "ok"


def test_a_token_dies_with_its_actor(api, revoke_actor):
    key_id, secret = api.issue(actor_id="ada")
    token = api.derive(secret)
    revoke_actor(api, "bob")
    assert only_token(api, key_id)["dead_by"] is None
    revoke_actor(api, "ada")
    told = lineage(api, key_id)
    assert told["tokens"][0]["dead_by"] == told["keys"][0]["dead_by"] == "actor"
    assert api.code(token) != "ok"


def test_after_the_key_was_narrowed_only_the_later_token_lives(api):
    key_id, secret = api.issue(scopes=["a", "b"])
    dead = api.derive(secret)
    narrow_key(api, key_id, secret, dead)
    live = api.derive(secret)
    newest, oldest = lineage(api, key_id)["tokens"]
    assert (newest["grant_id"], newest["dead_by"]) == (grant_id(api, live), None)
    assert oldest["dead_by"] == "children" and api.code(dead) != "ok"


def test_a_token_of_before_the_epoch_was_raised_is_dead(api):
    key_id = api.import_key("a raw key of another system")
    token = api.derive("a raw key of another system")
    tenant = api.node.tenant.name
    event = AuditEvent(action="tenant.raise_epoch", caller="test", target=tenant)
    change = Change(tenant=tenant, at_ms=1, audit=event, raise_epoch=0)
    api.run(api.node.store.commit(change))
    api.reopen()
    assert only_token(api, key_id)["dead_by"] == "epoch" and api.code(token) != "ok"
    api.derive("a raw key of another system")
    assert [t["dead_by"] for t in lineage(api, key_id)["tokens"]] == [None, "epoch"]


def test_a_revoked_key_is_told_dead_also_when_its_entry_is_forgotten(api, clock):
    key_id, secret = api.issue()
    revoke_key(api, key_id, secret, "")
    assert api.node.tenant.denylist.prune(int(clock.now) + 10 * 365 * 86_400) == 1
    [key] = lineage(api, key_id)["keys"]
    assert (key["status"], key["dead_by"]) == ("revoked", "key")


def record(api, key_id, detail, action="grant.derive"):
    event = AuditEvent(action=action, caller="test", target=key_id.replace("-", ""), detail=detail)
    tenant = api.node.tenant.name
    change = Change(tenant=tenant, at_ms=api.node.now_ms(), audit=event)
    api.run(api.node.store.commit(change))


def test_a_token_of_which_an_older_version_kept_only_the_id_is_told_all_the_same(api):
    key_id, _ = api.issue()
    record(api, key_id, b'{"grant_id":"%s"}' % (b"ab" * 16))
    told = only_token(api, key_id)
    assert told["grant_id"] == "abababab-abab-abab-abab-abababababab"
    assert (told["expire_time"], told["dead_by"]) == (None, None)


@pytest.mark.parametrize(
    "detail",
    [b"\xff{", b"[]", b"{}", b'{"grant_id":5}', b'{"grant_id":""}', b'{"grant_id":"xyz"}'],
)
def test_a_row_that_was_not_written_here_hides_no_other(api, detail):
    key_id, secret = api.issue()
    token = api.derive(secret)
    record(api, key_id, detail)
    assert only_token(api, key_id)["grant_id"] == grant_id(api, token)


def test_pages_of_tokens_lose_and_repeat_none(api):
    key_id, secret = api.issue()
    made = {grant_id(api, api.derive(secret)) for _ in range(7)}
    seen, token = [], ""
    while True:
        told = lineage(api, key_id, page_size=3, page_token=token)
        seen += [each["grant_id"] for each in told["tokens"]]
        token = told["next_page_token"]
        if not token:
            break
    assert len(seen) == 7 and set(seen) == made


def test_one_request_reads_a_bounded_part_of_a_long_audit(api, monkeypatch):
    monkeypatch.setattr(walking, "WORK", 5)
    key_id, secret = api.issue()
    token = api.derive(secret)
    for _ in range(9):
        record(api, key_id, b"{}", "key.update")
    told = lineage(api, key_id)
    assert told["tokens"] == [] and told["next_page_token"]
    told = lineage(api, key_id, page_token=told["next_page_token"])
    assert [each["grant_id"] for each in told["tokens"]] == [grant_id(api, token)]


def test_no_secret_is_in_an_answer(api):
    key_id, secret = api.issue()
    token = api.derive(secret)
    text = api.call("GET", f"/v1/keys/{key_id}/lineage").text
    assert secret not in text and token not in text
