"""POST /v1/tokens:explain, 200: what it answers."""

from engine.caveats import Budget, Tools, Window
from tests.server.routes.paths import ISSUED
from tests.server.routes.tokens import ask


def test_explain_200_names_every_check_that_says_no_and_spends_nothing(api, forge):
    _, secret = api.issue(scopes=["a"])
    token = api.narrow(secret, Tools(("db",)), Budget("calls", 1, 60), Window(0, 1_800_000_100))
    body = {"credential": token, "context": {"tool": "rm"}, "at": 1_800_000_100}
    told = ask(api, "explain", body, key="").json()
    refusing = [step["name"] for step in told["steps"] if not step["allows"]]
    assert told["allowed"] is False and refusing == ["Tools", "Window"]
    body = {"credential": token, "context": {"tool": "db"}}
    for _ in range(3):
        assert ask(api, "explain", body, key="").json()["allowed"] is True
    assert api.code(token, context={"tool": "db"}) == "ok"
    strangers = {"junk": "lookup", forge.tail(token): "chain", forge.unknown(api): "chain"}
    for credential, check in strangers.items():
        told = ask(api, "explain", {"credential": credential}, key="").json()
        assert told["allowed"] is False and [step["check"] for step in told["steps"]] == [check]


def test_explain_200_refuses_what_verify_refuses_for_a_spent_budget_and_says_until_when(api, clock):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 2, 60), Budget("USD", 50, 600))
    context = {"amount": {"currency": "USD", "minor": 20}}
    body = {"credential": token, "context": context}

    def refusals(**more):
        told = ask(api, "explain", body | more, key="").json()
        found = [step for step in told["steps"] if not step["allows"]]
        assert told["allowed"] is (not found)
        return [(step["name"], step["index"], step["reason"]) for step in found]

    assert refusals() == []
    assert [api.code(token, context=context) for _ in range(3)] == ["ok", "ok", "RATE_LIMITED"]
    for _ in range(2):
        assert refusals() == [
            ("Budget", 0, "2 of 2 calls are spent until 2027-01-15T08:01:00Z"),
            ("Budget", 1, "40 of 50 USD are spent until 2027-01-15T08:10:00Z"),
        ]
    assert refusals(at="2027-01-15T08:01:00Z")[0][1] == 1
    assert refusals(at=int(clock.now) + 600) == []
    clock.forward(600)
    assert refusals() == [] and api.code(token, context=context) == "ok"


def test_explain_200_takes_the_moment_as_everywhere_else_or_in_unix_seconds(api):
    _, secret = api.issue(ttl="1h")
    for at in ("2027-01-15T09:00:00Z", 1_800_003_600):
        told = ask(api, "explain", {"credential": secret, "at": at}, key="").json()
        assert told["allowed"] is False


def test_explain_200_tells_a_suspended_key_from_a_revoked_one(api):
    key_id, secret = api.issue()
    narrowed, derived = api.narrow(secret), api.derive(secret)

    def reason(credential):
        told = ask(api, "explain", {"credential": credential}, key="").json()
        assert told["allowed"] is False
        return next(step["reason"] for step in told["steps"] if not step["allows"])

    assert api.call("POST", f"/v1/keys/{key_id}:suspend").status_code == 200
    assert reason(secret) == reason(narrowed) == "the key is suspended: resume it first"
    assert "resume" not in reason(derived)  # it is dead for good
    revoke = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    assert api.call("POST", f"{ISSUED}/{key_id}:revoke", revoke).status_code == 204
    assert reason(secret) == "the token's key has been revoked"
