"""POST /v2alpha1/admin/apiKeys:batchVerify, 200: what it answers."""

from engine.caveats import Budget, Scopes
from tests.server.routes.batch_verify.asking import batch
from tests.server.routes.paths import BATCH_VERIFY, VERIFY


def test_batch_verify_200_answers_in_order_exactly_as_verify_does(api, forge):
    _, first = api.issue(actor_id="1", scopes=["a"])
    second_id, second = api.issue(actor_id="2")
    api.call("POST", f"/v2alpha1/admin/issuedApiKeys/{second_id}:rotate")
    requests = [
        {"credential": first},
        {"credential": second},
        {},
        {"credential": forge.unknown(api)},
        {"credential": api.narrow(first, Scopes(("a",))), "context": {"scopes": ["b"]}},
        {"credential": api.derive(first, audiences=["x"]), "expected_audiences": ["x"]},
        {"credential": first},
    ]
    answer = batch(api, *requests)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    results = answer.json()["results"]
    alone = [api.call("POST", VERIFY, each).json() for each in requests]
    assert results == alone
    words = [result.get("error_code", "ok").removeprefix("VERIFICATION_ERROR_") for result in alone]
    assert words == [
        "ok",
        "REVOKED",
        "INVALID_FORMAT",
        "NOT_FOUND",
        "SIGNATURE_INVALID",
        "ok",
        "ok",
    ]


def test_batch_verify_200_takes_1_to_100_and_400_for_none_or_more(api, problem):
    _, secret = api.issue()
    each = {"credential": secret}
    for count in (1, 100):
        assert [r["is_valid"] for r in batch(api, *[each] * count).json()["results"]] == (
            [True] * count
        )
    for count in (0, 101):
        assert problem(batch(api, *[each] * count), 400)["metadata"]["field"] == "requests"
    assert problem(api.call("POST", BATCH_VERIFY, b""), 400)["metadata"]["field"] == "requests"


def test_batch_verify_200_spends_a_budget_once_per_item(api):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 3, 60))
    results = batch(api, *[{"credential": token}] * 5).json()["results"]
    assert [result["is_valid"] for result in results] == [True] * 3 + [False] * 2
