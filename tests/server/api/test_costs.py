"""What one request may cost the node: bounded before anything is converted or verified."""

import asyncio
import json

import pytest

from engine.caveats import Audience, Budget, Scopes
from server import caveatjson
from server.caveatjson import many_from_json
from server.problems import Problem

BATCH = "/v2alpha1/admin/apiKeys:batchVerify"
ATTENUATE = "/v1/tokens:attenuate"
DELEGATE = {"type": "Delegate", "actor": "x"}


@pytest.fixture
def never(monkeypatch):
    """Counts conversions of networks, which are the dearest part of a caveat."""
    converted = []
    real = caveatjson.cidr
    monkeypatch.setattr(caveatjson, "cidr", lambda text: converted.append(text) or real(text))
    return converted


def test_attenuate_400_for_more_caveats_than_a_block_holds_before_they_are_read(api, problem):
    _, secret = api.issue()
    body = {"credential": secret, "caveats": [DELEGATE] * 32}
    assert api.call("POST", ATTENUATE, body, key=None).status_code == 200
    body["caveats"].append({"no": "caveat"})
    error = problem(api.call("POST", ATTENUATE, body, key=None), 400)
    assert error["message"] == "caveats must have at most 32 items"


def test_attenuate_400_for_lists_and_texts_that_no_block_holds_before_they_are_converted(never):
    for caveat, field in (
        ({"type": "Network", "networks": ["10.0.0.0/8"] * 257}, "networks"),
        ({"type": "Tools", "tools": ["x"] * 257}, "tools"),
        ({"type": "Delegate", "actor": "x" * 2049}, "actor"),
        ({"type": "Custom", "name": "x", "payload": "A" * 2052}, "payload"),
    ):
        with pytest.raises(Problem) as caught:
            many_from_json([caveat])
        assert caught.value.metadata["field"] == f"caveats[0].{field}"
    assert never == []


@pytest.mark.parametrize(
    "network", ["x" * 70, "10.0.0.1/8", "nonsense", 7, None, {"a": 1}, "1/2/3"]
)
def test_attenuate_400_for_what_is_no_network_repeats_nothing_of_it(network):
    with pytest.raises(Problem) as caught:
        many_from_json([{"type": "Network", "networks": ["10.0.0.0/8", network]}])
    assert caught.value.message == (
        "caveats[0].networks[1] must be a network such as 10.0.0.0/8, its host bits zero"
    )


def test_attenuate_400_repeats_no_name_of_a_field_that_could_be_a_credential(api, problem):
    _, secret = api.issue()
    for name, shown in ((secret, False), ("x" * 5_000, False), ("A9_-", False), ("tols", True)):
        body = {"credential": secret, "caveats": [{"type": "Tools", "tools": ["a"], name: 1}]}
        error = problem(api.call("POST", ATTENUATE, body, key=None), 400)
        assert (name in json.dumps(error)) is shown
        assert len(error["message"]) < 200


def test_verify_400_for_more_audiences_than_it_would_try(api, problem):
    _, secret = api.issue()
    body = {"credential": secret, "expected_audiences": ["a"] * 17}
    answer = api.call("POST", "/v2alpha1/admin/apiKeys:verify", body)
    assert problem(answer, 400)["metadata"]["field"] == "expected_audiences"


def test_verify_400_for_more_scopes_than_an_access_requires(api, problem):
    # 256 of them, with a token that lists many, take the slow road: half a second each.
    _, secret = api.issue(scopes=["a"])
    for count in (32, 33):
        body = {"credential": secret, "context": {"scopes": ["a"] * count}}
        answer = api.call("POST", "/v2alpha1/admin/apiKeys:verify", body)
        assert answer.status_code == (200 if count == 32 else 400)
    assert problem(answer, 400)["metadata"]["field"] == "context.scopes"


@pytest.mark.parametrize("kind", ["TOKEN_ALGORITHM_MACAROON", "TOKEN_ALGORITHM_JWT"])
def test_verify_200_asks_the_verifier_once_however_many_audiences_are_expected(
    api, kind, monkeypatch
):
    _, secret = api.issue()
    token = api.derive(secret, audiences=["m", "n"], algorithm=kind)
    if kind.endswith("MACAROON"):
        token = api.narrow(token, Audience(("n", "o")))
    others = [f"x{n}" for n in range(14)]
    verifier = api.node.tenant.verifier_for(token)
    asked = []

    class Counting:
        def verify(self, token, access):
            asked.append(access.audience)
            return verifier.verify(token, access)

    monkeypatch.setattr(api.node.tenant, "verifier_for", lambda _: Counting())
    assert api.code(token, expected_audiences=[*others, "n"]) == "ok"
    assert api.code(token, expected_audiences=others) == "AUDIENCE_MISMATCH"
    assert asked == ["n", others[-1]]


def test_a_refused_audience_leaves_no_debit_behind_for_whoever_comes_next(api):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 1, 60))
    for expected in (["a"], ["a", "b"]):
        assert api.code(token, expected_audiences=expected) == "AUDIENCE_MISMATCH"
        assert api.code(secret) == "ok"  # would have paid for it
    assert api.code(token) == "ok"
    assert api.code(token) == "RATE_LIMITED"


def test_others_are_served_between_the_items_of_a_batch(api):
    _, secret = api.issue(scopes=["a"])
    token = api.narrow(secret, Scopes(("a",)))
    order = []

    async def batch():
        answer = await api.send("POST", BATCH, {"requests": [{"credential": token}] * 100})
        order.append("batch")
        return answer

    async def small():
        for _ in range(3):
            await asyncio.sleep(0)
        await api.send("GET", "/health/alive", key=None)
        order.append("small")

    async def both():
        return (await asyncio.gather(batch(), small()))[0]

    assert len(api.run(both()).json()["results"]) == 100
    assert order == ["small", "batch"]
