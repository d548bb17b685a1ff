"""POST /v1/revocations, 404: what is not here."""

from tests.server.routes.revoke_by_id.asking import add


def test_a_404_for_a_key_that_is_not_here(api, problem):
    answer = add(api, revocation_id="0" * 32, key_id="0" * 32)
    problem(answer, 404, "API_KEY_NOT_FOUND")
    assert api.log() == []
