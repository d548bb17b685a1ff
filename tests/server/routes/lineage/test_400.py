"""GET /v1/keys/{key_id}/lineage 400: what is not understood is refused, never ignored."""

import pytest


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=x", "page_size"),
        ("page_token=junk", "page_token"),
        ("status=active", "query parameter status"),
        ("page_size=1&page_size=1", "page_size"),
        ("page_token=%00", "query"),
    ],
)
def test_the_parameter_is_named_with_its_rule(api, problem, query, field):
    key_id, _ = api.issue()
    error = problem(api.call("GET", f"/v1/keys/{key_id}/lineage?{query}"), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field and error["metadata"]["rule"]


def test_a_page_token_of_another_key_or_listing_is_refused(api, problem):
    key_id, secret = api.issue()
    other, _ = api.issue()
    for _ in range(2):
        api.derive(secret)
    path = "/v1/keys/{}/lineage?page_size=1&page_token={}"
    token = api.call("GET", path.format(key_id, "")).json()["next_page_token"]
    searched = api.call("GET", "/v1/keys?page_size=1").json()["next_page_token"]
    audited = api.call("GET", "/v1/audit?page_size=1").json()["next_page_token"]
    assert token and searched and audited
    problem(api.call("GET", path.format(other, token)), 400, "BAD_REQUEST")
    problem(api.call("GET", path.format(key_id, searched)), 400, "BAD_REQUEST")
    problem(api.call("GET", path.format(key_id, audited)), 400, "BAD_REQUEST")
    problem(api.call("GET", f"/v1/keys?page_size=1&page_token={token}"), 400, "BAD_REQUEST")
