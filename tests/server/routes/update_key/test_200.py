"""PATCH /v2alpha1/admin/issuedApiKeys/{key_id}, 200: what it answers."""

import pytest

from tests.server.routes.paths import ISSUED
from tests.server.routes.update_key.asking import FULL, patch

BEFORE = ("before", ["a", "b"], {"k": 1}, "5", ["10.0.0.0/8"])


def shown(answer):
    assert answer.status_code == 200, answer.text
    key = answer.json()
    limit, networks = key["rate_limit_policy"], key["ip_restriction"]
    return (
        key["name"],
        key["scopes"],
        key["metadata"],
        limit and limit["quota"],
        networks and networks["allowed_cidrs"],
    )


async def _grant(api, key):
    # Over HTTP a key bound to 10.0.0.0/8 can't derive from here.
    minted = api.node.tenant.keys.mint_grant(
        key.key_id,
        key_issued_at=key.issued_at,
        generation=key.generation,
        now=key.issued_at,
        expires_at=key.expires_at,
        actor="",
        scopes=key.scopes,
    )
    return minted.text


@pytest.mark.parametrize(
    ("body", "mask", "expected"),
    [
        (b"", None, BEFORE),
        ({"name": "", "scopes": [], "metadata": None}, None, BEFORE),
        ({"name": "after"}, None, ("after", *BEFORE[1:])),
        ({"issued_api_key": {"name": "after"}}, None, ("after", *BEFORE[1:])),
        ({"issuedApiKey": {"name": "after"}}, "name", ("after", *BEFORE[1:])),
        ({"name": "after", "scopes": ["z"]}, "name", ("after", *BEFORE[1:])),
        ({}, "name", ("", *BEFORE[1:])),
        ({"name": None}, "name", ("", *BEFORE[1:])),
        ({}, "scopes,metadata", ("before", [], None, "5", ["10.0.0.0/8"])),
        ({}, "rateLimitPolicy,ipRestriction", ("before", ["a", "b"], {"k": 1}, None, None)),
        (
            {"ip_restriction": {"allowed_cidrs": []}},
            "ip_restriction",
            ("before", ["a", "b"], {"k": 1}, "5", None),
        ),
        ({"actor_id": "other", "status": "KEY_STATUS_REVOKED"}, None, BEFORE),
    ],
)
def test_update_200_applies_what_the_mask_names_and_without_one_what_is_populated(
    api, body, mask, expected
):
    key_id, _ = api.issue(actor_id="me", **FULL)
    answer = patch(api, key_id, body, mask)
    assert shown(answer) == expected
    assert api.get(key_id) == answer.json()
    assert answer.json()["actor_id"] == "me" and answer.json()["status"] == "KEY_STATUS_ACTIVE"


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": ["a"]},
        {"scopes": ["a", "c"]},
        {"ip_restriction": {"allowed_cidrs": ["10.0.0.0/9"]}},
        {"ip_restriction": {"allowed_cidrs": ["11.0.0.0/8"]}},
    ],
)
def test_update_200_that_narrows_kills_every_grant_with_one_entry_and_the_key_lives(api, change):
    key_id, secret = api.issue(scopes=["a", "b"], ip_restriction=FULL["ip_restriction"])
    context = {"context": {"client_ip": "10.1.2.3"}}
    key = api.run(api.node.store.get("default", bytes.fromhex(key_id.replace("-", ""))))
    grant = api.run(_grant(api, key))
    child = api.narrow(grant)
    assert api.code(grant, **context) == api.code(child, **context) == "ok"
    assert patch(api, key_id, change).status_code == 200
    assert api.code(grant, **context) == api.code(child, **context) == "REVOKED"
    (entry,) = api.log()
    assert (entry.kind.name, entry.value) == ("CHILDREN", 1)
    inside = {"context": {"client_ip": "11.0.0.1" if "11" in str(change) else "10.1.2.3"}}
    assert api.code(secret, **inside) == "ok"
    api.reopen()
    assert api.code(grant, **context) == "REVOKED"


def test_update_200_that_widens_or_keeps_kills_nothing_and_applies_at_the_next_verify(api):
    key_id, secret = api.issue(scopes=["a"], ip_restriction={"allowed_cidrs": ["127.0.0.0/8"]})
    grant = api.derive(secret)
    wider = {"scopes": ["a", "b"], "ip_restriction": {"allowed_cidrs": ["0.0.0.0/0"]}}
    assert patch(api, key_id, wider | {"name": "x", "metadata": {"y": 1}}).status_code == 200
    assert patch(api, key_id, {"scopes": ["*"]}, "scopes,ip_restriction").status_code == 200
    assert api.code(grant) == "ok" and api.log() == []
    assert api.verify(secret)["scopes"] == ["*"]
    assert api.verify(grant)["scopes"] == ["a"]


def test_update_200_of_a_narrowed_key_lets_new_grants_live(api):
    key_id, secret = api.issue(scopes=["a", "b"])
    old = api.derive(secret)
    patch(api, key_id, {"scopes": ["a"]})
    new = api.derive(secret)
    assert (api.code(old), api.code(new)) == ("REVOKED", "ok")
    patch(api, key_id, {"scopes": ["b"]})
    assert api.code(new) == "REVOKED"
    assert sorted(entry.value for entry in api.log()) == [1, 2]


def test_update_200_of_a_revoked_or_expired_key_does_not_bring_it_back(api, clock):
    key_id, secret = api.issue(ttl="60s")
    clock.forward(60)
    assert patch(api, key_id, {"name": "x"}).json()["status"] == "KEY_STATUS_EXPIRED"
    assert api.code(secret) == "EXPIRED"
    key_id, secret = api.issue()
    api.call("POST", f"{ISSUED}/{key_id}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    assert patch(api, key_id, {"name": "x"}).json()["status"] == "KEY_STATUS_REVOKED"
    assert api.code(secret) == "REVOKED"


def test_update_200_concurrently_of_other_fields_loses_none(api):
    key_id, _ = api.issue(**FULL)
    bodies = [{"name": "after"}, {"metadata": {"k": 2}}, {"scopes": ["a", "b", "c"]}]
    answers = api.together(*[api.send("PATCH", f"{ISSUED}/{key_id}", body) for body in bodies])
    assert {answer.status_code for answer in answers} == {200}
    key = api.get(key_id)
    assert (key["name"], key["metadata"], key["scopes"]) == ("after", {"k": 2}, ["a", "b", "c"])


def test_update_200_for_all_of_many_at_once_and_the_revision_counts_them(api):
    key_id, _ = api.issue()
    sent = [api.send("PATCH", f"{ISSUED}/{key_id}", {"name": str(n)}) for n in range(40)]
    assert {answer.status_code for answer in api.together(*sent)} == {200}
    stored = api.run(api.node.store.get("default", bytes.fromhex(key_id.replace("-", ""))))
    assert stored.revision == 40 and stored.name == "39"
    assert len(api.node.turns) == 0
