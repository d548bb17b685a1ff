"""POST /v1/tokens:revoke, 404: what is not here."""

from tests.server.routes.tokens import kill


def test_revoke_404_for_what_was_not_made_here(api, forge, problem):
    _, secret = api.issue()
    for credential in ("", "junk", forge.tail(secret), forge.unknown(api), forge.foreign()):
        problem(kill(api, credential), 404, "NOT_FOUND")
    assert api.log() == []
