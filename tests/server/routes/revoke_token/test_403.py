"""POST /v1/tokens:revoke, 403: a credential that may not."""

from engine import seal
from tests.server.routes.tokens import kill


def test_revoke_403_for_a_public_key_that_everybody_holds(api, problem):
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    problem(kill(api, public), 403, "FORBIDDEN")
    problem(kill(api, seal(public)), 403, "FORBIDDEN")
    problem(kill(api, api.narrow(public)), 403, "FORBIDDEN")
    assert api.code(public) == "ok" and api.log() == []
