"""POST /v2alpha1/apiKeys:selfRevoke, 401: no good credential."""

from tests.server.routes.paths import SELF_REVOKE
from tests.server.routes.self_revoke.asking import self_revoke


def test_401_for_an_expired_key_that_revokes_itself(api, clock, problem):
    api.import_key("raw", ttl="1s")
    clock.forward(1)
    problem(api.call("POST", SELF_REVOKE, {"credential": "raw"}, key=None), 401, "API_KEY_EXPIRED")


def test_self_revoke_401_for_an_expired_key(api, clock, problem):
    _, secret = api.issue(ttl="5s")
    clock.forward(5)
    problem(self_revoke(api, secret), 401, "API_KEY_EXPIRED")
    assert api.log() == []
