"""Revocation by possession is bounded per client address, on all its routes together."""

import msgspec
import pytest

from server.gcra import Gcra, Rate
from tests.server.routes.oauthcalls import REVOKE, post, refused

SINGLE = "/v1/tokens:revoke"
SELF = "/v2alpha1/apiKeys:selfRevoke"
BATCH = "/v1/tokens:batchRevoke"


@pytest.fixture
def limited(api):
    api.node.tenant.possession = Gcra(Rate(quota=4, window=60_000))
    return api


def all_four(api, **how):
    yield post(api, REVOKE, {"token": "x"}, key=None, **how)
    yield api.call("POST", SINGLE, {"credential": "x"}, key=None, **how)
    yield api.call("POST", SELF, {"credential": "x"}, key=None, **how)
    yield api.call("POST", BATCH, {"credentials": ["x"]}, key=None, **how)


def test_all_routes_share_the_limit_and_say_when_to_come_again(limited, clock, problem):
    assert [answer.status_code for answer in all_four(limited)] == [200, 404, 404, 200]
    first, *others = all_four(limited)
    refused(first, 429, "temporarily_unavailable")
    for answer in others:
        problem(answer, 429, "TOO_MANY_REQUESTS")
    for answer in (first, *others):
        assert answer.headers["retry-after"] == "15"
        assert answer.headers["ratelimit-policy"] == '"default";q=4;w=60'
        assert answer.headers["ratelimit"] == '"default";r=0;t=60'
    clock.forward(15)
    assert post(limited, REVOKE, {"token": "x"}, key=None).status_code == 200
    assert post(limited, REVOKE, {"token": "x"}, key=None).status_code == 429


def test_a_client_is_an_ipv4_address_or_an_ipv6_network_of_64_bits(limited):
    def spent(peer):
        for _ in range(4):
            post(limited, REVOKE, {"token": "x"}, key=None, peer=peer)
        return post(limited, REVOKE, {"token": "x"}, key=None, peer=peer).status_code == 429

    assert spent("192.0.2.1") and spent("2001:db8:0:1::1") and spent("::1")
    for peer, status in (
        ("192.0.2.2", 200),
        ("192.0.2.1", 429),
        ("::ffff:192.0.2.1", 429),
        ("2001:db8:0:1:ffff::9", 429),
        ("2001:db8:0:2::1", 200),
    ):
        answer = post(limited, REVOKE, {"token": "x"}, key=None, peer=peer)
        assert answer.status_code == status, peer


def test_clients_without_a_known_address_share_one_bucket_and_nobody_elses(open_api):
    api = open_api(trusted_proxies=["127.0.0.1"])
    api.node.tenant.possession = Gcra(Rate(quota=2, window=60_000))
    unknown = [{}, {"x-forwarded-for": "unknown"}, {"x-forwarded-for": ""}]
    statuses = [
        post(api, REVOKE, {"token": "x"}, key=None, headers=each).status_code for each in unknown
    ]
    assert statuses == [200, 200, 429]
    known = {"x-forwarded-for": "203.0.113.9"}
    answer = post(api, REVOKE, {"token": "x"}, key=None, headers=known)
    assert answer.status_code == 200


def test_what_comes_at_once_is_counted_one_by_one(limited):
    limited.node.tenant.possession = Gcra(Rate(quota=50, window=60_000))
    body = msgspec.json.encode({"credential": "x"})
    calls = [limited.send("POST", SINGLE, body, key=None) for _ in range(120)]
    statuses = [answer.status_code for answer in limited.together(*calls)]
    assert statuses.count(404) == 50 and statuses.count(429) == 70


def test_who_only_verifies_or_narrows_is_not_counted(limited):
    secret = limited.issue()[1]
    for _ in range(9):
        assert limited.code(secret) == "ok"
        body = {"credential": secret}
        assert limited.call("POST", "/v1/tokens:inspect", body, key=None).status_code == 200


def test_the_bound_per_parent_is_a_429_too(api, monkeypatch):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 1)
    secret = api.issue()[1]
    tokens = [api.narrow(secret) for _ in range(2)]
    assert post(api, REVOKE, {"token": tokens[0]}, key=None).status_code == 200
    refused(post(api, REVOKE, {"token": tokens[1]}, key=None), 429, "temporarily_unavailable")
