"""The main promise: everything dies with its parent, at the next verify, with one write."""

import random

import pytest

from engine import Access
from engine.caveats import Amount, Budget, MaxDepth, Tools, Window
from server.schemas import Context


def context(tool="payments.execute", minor=4200, currency="USD", **more):
    return {"tool": tool, "amount": {"currency": currency, "minor": minor}, **more}


def test_the_walkthrough_holds_over_http_and_through_minute_three(api, clock):
    restriction = {"allowed_cidrs": ["127.0.0.0/8"]}
    _, parent = api.issue(scopes=["payments:*"], ip_restriction=restriction, ttl="30d")
    agent = api.derive(parent, ttl="10m")
    window = Window(int(clock.now), int(clock.now) + 120)
    terms = (Tools(["payments.execute"]), Amount("USD", 4999), window)
    one, two = api.narrow(agent, *terms), api.narrow(agent, *terms)
    assert api.code(one, context=context(scopes=["payments:execute"])) == "ok"
    for facts, caveat in (
        (context(minor=5000), "Amount"),
        (context(currency="EUR"), "Amount"),
        (context(tool="payments.refund"), "Tools"),
        (context(client_ip="192.0.2.7"), "Network"),
    ):
        assert api.verify(one, context=facts)["caveat"]["type"] == caveat
    clock.forward(119)
    assert api.code(one, context=context()) == "ok"
    clock.forward(1)
    told = api.verify(one, context=context())
    assert told["error_code"].endswith("EXPIRED") and told["caveat"]["type"] == "Window"
    clock.forward(-60)
    api.call("POST", "/v1/tokens:revoke", {"credential": two}, key=None)
    assert api.code(two, context=context()) == "REVOKED"
    assert api.code(one, context=context()) == "ok"
    before = len(api.log())
    api.call("POST", "/v1/tokens:revoke", {"credential": parent}, key=None)
    assert [api.code(t, context=context()) for t in (parent, agent, one)] == ["REVOKED"] * 3
    assert len(api.log()) == before + 1


@pytest.mark.parametrize("seed", range(4))
def test_revoking_any_node_of_a_tree_kills_exactly_its_subtree_and_outlives_a_restart(api, seed):
    dice = random.Random(seed)
    _, root = api.issue()
    tree = {api.derive(root): root, root: None}
    for _ in range(30):
        parent = dice.choice([token for token in tree if token != root])
        if token := (api.narrow(parent) if depth(tree, parent) < 6 else None):
            tree[token] = parent
    dead = dice.choice([token for token in tree if token != root])
    answer = api.call("POST", "/v1/tokens:revoke", {"credential": dead}, key=None)
    assert answer.status_code == 200 and len(api.log()) == 1
    for _ in range(2):
        for token in tree:
            assert api.code(token) == ("REVOKED" if below(tree, token, dead) else "ok")
        api.reopen()


def depth(tree, token):
    return 0 if tree[token] is None else 1 + depth(tree, tree[token])


def below(tree, token, ancestor):
    return token is not None and (token == ancestor or below(tree, tree[token], ancestor))


def test_a_budget_is_never_overspent_and_is_shared_by_all_below_it(api):
    _, key = api.issue()
    parent = api.narrow(key, Budget("calls", 3, 60))
    children = [api.narrow(parent, MaxDepth(n)) for n in range(4)]
    path = "/v2alpha1/admin/apiKeys:verify"
    asked = [api.send("POST", path, {"credential": children[n % 4]}) for n in range(20)]
    answers = [answer.json() for answer in api.together(*asked)]
    assert sum(answer["is_valid"] for answer in answers) == 3
    codes = {answer.get("error_code") for answer in answers if not answer["is_valid"]}
    assert codes == {"VERIFICATION_ERROR_RATE_LIMITED"}
    api.reopen()
    assert api.code(parent) == "RATE_LIMITED"
    api.clock.forward(60)
    assert api.code(parent) == "ok"


def test_a_batch_accepts_nothing_that_was_revoked_while_it_was_judged(api):
    _, first = api.issue()
    _, other = api.issue()
    slow = api.narrow(other, Budget("calls", 1000, 60))  # each of them is a write
    order = []

    async def told(name, asked):
        answer = await asked
        order.append(name)
        return answer.json()

    requests = [{"credential": first}, *[{"credential": slow}] * 99]
    asked = api.send("POST", "/v2alpha1/admin/apiKeys:batchVerify", {"requests": requests})
    revoked = api.send("POST", "/v1/tokens:revoke", {"credential": first}, key=None)
    results = api.together(told("batch", asked), told("revoke", revoked))[0]["results"]
    assert order == ["revoke", "batch"]
    assert results[0]["error_code"] == "VERIFICATION_ERROR_REVOKED"
    assert not results[0]["is_valid"]
    assert all(each["is_valid"] for each in results[1:])


def test_two_budgets_are_spent_together_or_not_at_all(api):
    _, key = api.issue()
    wide = api.narrow(key, Budget("calls", 5, 60))
    both = api.narrow(wide, Budget("USD", 100, 60))
    facts = {"amount": {"currency": "USD", "minor": 60}}
    assert [api.code(both, context=facts) for _ in range(3)] == ["ok"] + ["RATE_LIMITED"] * 2
    assert [api.code(wide) for _ in range(5)] == ["ok"] * 4 + ["RATE_LIMITED"]


def test_explaining_spends_nothing(api):
    _, key = api.issue()
    token = api.narrow(key, Budget("calls", 1, 60))
    for _ in range(5):
        told = api.call("POST", "/v1/tokens:explain", {"credential": token}).json()
        assert told["allowed"]
    assert [api.code(token), api.code(token)] == ["ok", "RATE_LIMITED"]


def test_every_fact_of_an_access_can_be_stated():
    missing = set(Access.__struct_fields__) - set(Context.__struct_fields__) - {"now", "custom"}
    assert missing == set()
