"""GET /v2alpha1/admin/issuedApiKeys/{key_id}, 200: what it answers."""

from tests.server.routes.paths import ISSUED


def test_get_200_is_what_issue_answered_and_shows_the_last_use(api, clock):
    answer = api.call("POST", ISSUED, {"name": "one"}).json()
    key, secret = answer["issued_api_key"], answer["secret"]
    assert api.get(key["key_id"]) == key
    clock.forward(1.5)
    api.verify(secret)
    api.run(api.node.flush_uses())
    assert api.get(key["key_id"]) == key | {"last_used_time": "2027-01-15T08:00:01.500Z"}


def test_get_200_reads_expired_from_the_second_of_expiry(api, clock):
    key_id, secret = api.issue(ttl="60s")
    clock.forward(59)
    assert api.get(key_id)["status"] == "KEY_STATUS_ACTIVE" and api.code(secret) == "ok"
    clock.forward(1)
    assert api.get(key_id)["status"] == "KEY_STATUS_EXPIRED" and api.code(secret) == "EXPIRED"
