"""What a server promises, kept over a Postgres: one node does it, and another one reads it."""

import pytest

from engine.caveats import Budget
from tests.server.api.conftest import APIKEYS, IMPORTED, ISSUED

LEAKED = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}


@pytest.fixture
def done(api):
    """Does a call, which has to go well, and gives its JSON."""

    def do(method, path, body=None, status=200, **how):
        answer = api.call(method, path, body, **how)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    return do


def test_a_key_verifies_and_is_listed_also_after_a_restart(api):
    key_id, secret = api.issue(name="backend", scopes=["a"], metadata={"team": "x"})
    for _ in range(2):
        assert api.code(secret) == "ok"
        assert api.get(key_id)["name"] == "backend"
        assert api.get(key_id)["metadata"] == {"team": "x"}
        assert api.reopen().admin_key is None


def test_what_is_derived_and_narrowed_ends_with_its_key(api, done):
    key_id, secret = api.issue(scopes=["a"])
    derived = api.derive(secret)
    narrowed = api.narrow(derived)
    assert [api.code(each) for each in (secret, derived, narrowed)] == ["ok"] * 3
    done("POST", f"{ISSUED}/{key_id}:revoke", LEAKED, 204)
    for _ in range(2):
        assert [api.code(each) for each in (secret, derived, narrowed)] == ["REVOKED"] * 3
        api.reopen()


def test_a_rotated_key_has_a_successor_and_is_dead(api, done):
    key_id, secret = api.issue(name="old", scopes=["a"])
    told = done("POST", f"{ISSUED}/{key_id}:rotate", {}, 201)
    assert (api.code(secret), api.code(told["secret"])) == ("REVOKED", "ok")
    assert told["issued_api_key"]["key_id"] != key_id


def test_a_request_id_issues_one_key(api):
    body = {"name": "once", "request_id": "11111111-2222-4333-8444-555555555555"}
    answers = api.together(*(api.send("POST", ISSUED, body) for _ in range(8)))
    made = [answer.json() for answer in answers if answer.json().get("secret")]
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {200, 201, 409}


def test_a_budget_is_spent_once_by_many_at_once(api):
    _, secret = api.issue(scopes=["a"])
    token = api.narrow(api.derive(secret), Budget("calls", 5, 3600))
    asked = {"credential": token}
    answers = api.together(*(api.send("POST", f"{APIKEYS}:verify", asked) for _ in range(20)))
    assert sum(answer.json()["is_valid"] for answer in answers) == 5
    api.reopen()
    assert not api.verify(token)["is_valid"]


def test_pages_list_every_key_once_in_order(api, done):
    made = [api.issue(name=f"key {n}")[0] for n in range(7)]
    found, token = [], ""
    while True:
        page = done("GET", f"{ISSUED}?page_size=3&page_token={token}")
        found += [key["key_id"] for key in page["issued_api_keys"]]
        if not (token := page.get("next_page_token", "")):
            break
    assert sorted(found) == sorted(made) and found == sorted(found, reverse=True)


def test_an_imported_key_verifies_and_is_imported_once(api, done):
    key_id = api.import_key("sk_of_another_system_0123456789")
    assert api.code("sk_of_another_system_0123456789") == "ok"
    again = {"raw_key": "sk_of_another_system_0123456789", "name": "again", "actor_id": "owner"}
    assert api.call("POST", IMPORTED, again).status_code == 409
    done("POST", f"{IMPORTED}/{key_id}:revoke", LEAKED, 204)
    assert api.code("sk_of_another_system_0123456789") == "REVOKED"


def test_many_keys_are_imported_in_one_call_each_or_its_error(api, done):
    items = [
        {"raw_key": f"sk_of_another_system_{n % 5:04d}", "name": f"key {n}", "actor_id": "owner"}
        for n in range(6)
    ]
    told = done("POST", f"{IMPORTED}:batchCreate", {"requests": items})
    assert [api.code(f"sk_of_another_system_{n:04d}") for n in range(5)] == ["ok"] * 5
    assert len(told["results"]) == 6


def test_the_audit_has_a_row_for_every_act_and_verifies(api, done):
    key_id, secret = api.issue(name="watched")
    api.derive(secret)
    done("POST", f"{ISSUED}/{key_id}:revoke", LEAKED, 204)
    rows = done("GET", f"/v1/audit?target={key_id}")["audit"]
    assert [row["action"] for row in rows][-1] == "key.issue"
    assert len(rows) >= 2
    assert api.run(api.node.store.verify_audit()) is None


def test_an_actor_that_is_revoked_ends_with_all_its_keys(api, done):
    dead = [api.issue(actor_id="mallory")[1] for _ in range(3)]
    _, alive = api.issue(actor_id="ada")
    done("POST", "/v1/actors/mallory:revoke", LEAKED)
    assert [api.code(each) for each in (*dead, alive)] == ["REVOKED"] * 3 + ["ok"]
    api.reopen()
    assert [api.code(each) for each in (*dead, alive)] == ["REVOKED"] * 3 + ["ok"]
