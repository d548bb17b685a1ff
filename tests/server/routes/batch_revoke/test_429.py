"""Revoking credentials that were found: the limit counts credentials, not requests."""

from server.app import BATCH_LIMIT
from server.gcra import Gcra, Rate

BATCH = "/v1/tokens:batchRevoke"


def test_each_credential_counts_and_a_batch_over_the_limit_revokes_none(api, clock, problem):
    api.node.tenant.possession = Gcra(Rate(quota=100, window=60_000))
    secrets = [api.issue()[1] for _ in range(2)]
    body = {"credentials": secrets + ["x"] * 97}
    refused = {"credentials": [*secrets, "x"]}
    assert api.call("POST", BATCH, {"credentials": ["x"] * 98}, key=None).status_code == 200
    answer = api.call("POST", BATCH, refused, key=None)
    problem(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["ratelimit"] == '"default";r=2;t=59'
    assert api.log() == [] and api.code(secrets[0]) == "ok"
    # Whatever was refused cost nothing.
    assert api.call("POST", BATCH, {"credentials": ["x"] * 2}, key=None).status_code == 200
    clock.forward(60)
    assert api.call("POST", BATCH, body, key=None).status_code == 200


def test_a_body_over_the_limit_is_refused(api, problem):
    body = b'{"credentials":["' + b"x" * BATCH_LIMIT + b'"]}'
    problem(api.call("POST", BATCH, body, key=None), 429, "REQUEST_TOO_LARGE")
