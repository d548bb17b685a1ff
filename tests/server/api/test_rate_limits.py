"""Rate limits of keys, actors and the tenant, as the routes enforce and tell them."""

import pytest

from engine.caveats import Budget, Tools
from server.node import Node
from tests.server.routes.batch_verify.asking import batch
from tests.server.routes.gateway_verify.asking import gate
from tests.server.routes.oauthcalls import introspect
from tests.server.routes.paths import VERIFY
from tests.servers.valkey import Valkey

TWO = {"quota": 2, "window": "60s"}
LIMITED = "VERIFICATION_ERROR_RATE_LIMITED"


@pytest.fixture
def redis():
    server = Valkey()
    yield server
    server.stop()


def codes(api, credential, count, **fields):
    return [api.code(credential, **fields) for _ in range(count)]


def test_a_key_is_good_as_often_as_its_limit_says_and_again_later(api, clock):
    _, secret = api.issue(rate_limit_policy=TWO)
    assert codes(api, secret, 3) == ["ok", "ok", "RATE_LIMITED"]
    clock.forward(29.9)
    assert codes(api, secret, 1) == ["RATE_LIMITED"]
    clock.forward(0.1)
    assert codes(api, secret, 2) == ["ok", "RATE_LIMITED"]


def test_verify_tells_the_limit_what_is_left_and_when_to_come_again(api, clock):
    _, secret = api.issue(rate_limit_policy=TWO)
    answer = api.call("POST", VERIFY, {"credential": secret})
    assert answer.headers["ratelimit-policy"] == '"default";q=2;w=60'
    assert answer.headers["ratelimit"] == '"default";r=1;t=30'
    assert "retry-after" not in answer.headers
    good = answer.json()
    assert (good["rate_limit_remaining"], good["rate_limit_reset_time"]) == (
        "1",
        "2027-01-15T08:00:30Z",
    )
    api.verify(secret)
    clock.forward(7)
    answer = api.call("POST", VERIFY, {"credential": secret})
    assert answer.headers["ratelimit"] == '"default";r=0;t=53'
    assert answer.headers["retry-after"] == "23"
    told = answer.json()
    assert (told["is_valid"], told["error_code"]) == (False, LIMITED)
    assert told["error_message"] == "rate limit exceeded"
    assert (told["rate_limit_remaining"], told["key_id"]) == ("0", good["key_id"])
    assert told["rate_limit_reset_time"] == "2027-01-15T08:01:00Z"
    assert told["caveat"]["type"] == "RateLimit"
    assert told["caveat"]["reason"] == "the key's rate limit of 2 per 60 seconds is reached"


@pytest.mark.parametrize("algorithm", ["TOKEN_ALGORITHM_MACAROON", "TOKEN_ALGORITHM_JWT"])
def test_deriving_is_no_way_around_the_limit_of_the_key(api, algorithm):
    _, secret = api.issue(rate_limit_policy=TWO)
    tokens = [api.derive(secret, algorithm=algorithm) for _ in range(3)]
    api.reopen()  # a node that has not seen the key yet
    assert [api.code(token) for token in tokens] == ["ok", "ok", "RATE_LIMITED"]
    assert api.code(secret) == "RATE_LIMITED"
    assert api.verify(tokens[0])["rate_limit_policy"]["quota"] == "2"


def test_a_narrowed_or_imported_key_counts_as_its_key_does(api):
    _, secret = api.issue(rate_limit_policy=TWO)
    assert codes(api, api.narrow(secret), 2) == ["ok", "ok"]
    assert api.code(secret) == api.code(api.narrow(secret)) == "RATE_LIMITED"
    api.import_key("an old raw key", rate_limit_policy=TWO)
    assert codes(api, "an old raw key", 3) == ["ok", "ok", "RATE_LIMITED"]


def test_what_anything_else_refuses_counts_against_no_limit(api):
    _, secret = api.issue(rate_limit_policy=TWO)
    token = api.narrow(secret, Tools(("db",)))
    assert codes(api, token, 5, context={"tool": "rm"}) == ["SIGNATURE_INVALID"] * 5
    assert codes(api, secret, 5, expected_audiences=["x"]) == ["AUDIENCE_MISMATCH"] * 5
    assert codes(api, token, 3, context={"tool": "db"}) == ["ok", "ok", "RATE_LIMITED"]


def test_a_use_over_the_rate_limit_spends_no_budget(api, clock):
    _, secret = api.issue(rate_limit_policy=TWO)
    token = api.narrow(secret, Budget("calls", 3, 3_600))
    assert codes(api, token, 5) == ["ok", "ok"] + ["RATE_LIMITED"] * 3
    clock.forward(60)
    assert codes(api, token, 1) == ["ok"]
    spent = api.verify(token)
    assert (spent["caveat"]["type"], spent["rate_limit_policy"]["quota"]) == ("Budget", "2")


def test_a_changed_limit_holds_at_once_and_a_limit_that_is_cleared_is_none(api):
    key_id, secret = api.issue(rate_limit_policy=TWO)
    path = f"/v2alpha1/admin/issuedApiKeys/{key_id}"
    assert codes(api, secret, 3)[-1] == "RATE_LIMITED"
    api.call("PATCH", path + "?update_mask=rate_limit_policy", {})
    assert codes(api, secret, 5) == ["ok"] * 5
    api.call("PATCH", path, {"rate_limit_policy": {"quota": 1, "window": "60s"}})
    assert "RATE_LIMITED" in codes(api, secret, 2)


def test_keys_of_one_actor_share_the_limit_of_actors(open_api):
    api = open_api(**{"limits.actor": "3/60s"})
    mine = [api.issue(actor_id="me")[1] for _ in range(2)]
    assert [api.code(mine[i % 2]) for i in range(4)] == ["ok", "ok", "ok", "RATE_LIMITED"]
    assert api.code(api.issue(actor_id="you")[1]) == "ok"
    assert codes(api, api.issue()[1], 5) == ["ok"] * 5  # of no actor
    answer = api.call("POST", VERIFY, {"credential": mine[0]})
    assert answer.headers["ratelimit-policy"] == '"actor";q=3;w=60'
    assert answer.json()["caveat"]["reason"].startswith("the actor's rate limit of 3 per 60")
    assert answer.json()["rate_limit_policy"] is None


def test_a_use_is_counted_in_all_limits_or_in_none(open_api, clock):
    api = open_api(**{"limits.tenant": "4/60s"})
    _, tight = api.issue(rate_limit_policy=TWO)
    _, free = api.issue()
    assert codes(api, tight, 5) == ["ok", "ok"] + ["RATE_LIMITED"] * 3
    assert codes(api, free, 3) == ["ok", "ok", "RATE_LIMITED"]
    clock.forward(15)  # one of the tenant came back, half a use of the key
    assert api.code(tight) == "RATE_LIMITED" and codes(api, free, 2) == ["ok", "RATE_LIMITED"]


def test_admin_keys_are_not_stopped_by_the_limits_of_the_tenant(open_api):
    api = open_api(**{"limits.tenant": "1/60s", "limits.actor": "1/60s"})
    _, secret = api.issue(actor_id="me")
    assert codes(api, secret, 5) == ["ok"] + ["RATE_LIMITED"] * 4


def test_a_batch_counts_each_of_its_credentials(api):
    _, secret = api.issue(rate_limit_policy=TWO)
    results = batch(api, *[{"credential": secret}] * 3).json()["results"]
    assert [each.get("error_code", "ok") for each in results] == ["ok", "ok", LIMITED]


def test_introspection_uses_nothing_up_and_says_what_verify_would(api, clock):
    _, secret = api.issue(rate_limit_policy=TWO)
    assert all(introspect(api, secret)["active"] for _ in range(5))
    assert codes(api, secret, 3) == ["ok", "ok", "RATE_LIMITED"]
    assert introspect(api, secret) == {"active": False}
    clock.forward(30)
    assert introspect(api, secret)["active"]


def test_the_gateway_is_told_429_and_the_headers_of_the_draft(api, clock, problem):
    _, secret = api.issue(rate_limit_policy=TWO)
    answer = gate(api, secret)
    assert answer.status_code == 200
    assert answer.headers["ratelimit-policy"] == '"default";q=2;w=60'
    assert answer.headers["ratelimit"] == '"default";r=1;t=30'
    gate(api, secret)
    clock.forward(7)
    answer = gate(api, secret)
    problem(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "23"
    assert answer.headers["ratelimit"] == '"default";r=0;t=53'
    assert answer.json()["error_code"] == LIMITED and answer.json()["caveat"] is None
    assert gate(api, secret, "/v1/verify?deny_as=403").status_code == 403


def test_whoever_holds_one_key_learns_nothing_of_how_busy_its_tenant_is(open_api):
    api = open_api(**{"limits.tenant": "2/60s"})
    secrets = [api.issue()[1] for _ in range(3)]
    answers = [gate(api, secret) for secret in secrets]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert all("ratelimit" not in name for answer in answers for name in answer.headers)
    assert int(answers[-1].headers["retry-after"]) >= 1
    told = api.call("POST", VERIFY, {"credential": secrets[0]})
    assert told.headers["ratelimit"] == '"tenant";r=0;t=60'


def test_a_quota_that_no_header_can_hold_is_enforced_without_one(api):
    _, secret = api.issue(rate_limit_policy={"quota": 10**15, "window": "60s"})
    answer = api.call("POST", VERIFY, {"credential": secret})
    assert answer.json()["is_valid"] and "ratelimit" not in answer.headers
    assert "ratelimit-policy" not in answer.headers


def test_nodes_over_one_redis_share_the_limit(open_api, redis):
    # Two databases, as one of SQLite has one node: what they share is the actor.
    shared = {"redis": redis.url, "limits.actor": "3/3600s"}
    nodes = [open_api(name, **shared) for name in ("first", "second")]
    keys = [(api, api.issue(actor_id="me")[1]) for api in nodes]
    answers = [api.call("POST", VERIFY, {"credential": secret}) for api, secret in keys * 2]
    assert [each.json()["is_valid"] for each in answers] == [True, True, True, False]
    left = [each.headers["ratelimit"].partition(";t=")[0] for each in answers]
    assert left == [f'"actor";r={count}' for count in (2, 1, 0, 0)]
    assert introspect(*keys[1]) == {"active": False}


@pytest.mark.parametrize(
    ("down", "words"), [("local", ["ok", "RATE_LIMITED"]), ("closed", ["RATE_LIMITED"] * 2)]
)
def test_without_redis_the_policy_decides(open_api, redis, down, words):
    api = open_api(redis=redis.url, **{"limits.redis_down": down})
    node: Node = api.node
    node.limits.nodes = lambda: 2
    redis.kill()
    _, secret = api.issue(rate_limit_policy=TWO)
    assert codes(api, secret, 2) == words


def test_a_limit_that_is_open_without_redis_is_told_without_what_is_left(open_api, redis):
    api = open_api(redis=redis.url, **{"limits.redis_down": "open"})
    redis.kill()
    _, secret = api.issue(rate_limit_policy=TWO)
    assert codes(api, secret, 5) == ["ok"] * 5
    answer = api.call("POST", VERIFY, {"credential": secret})
    assert answer.headers["ratelimit-policy"] == '"default";q=2;w=60'
    assert "ratelimit" not in answer.headers and "rate_limit_remaining" not in answer.json()
