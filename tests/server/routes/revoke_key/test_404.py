"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke, 404: what is not here."""

from tests.server.routes.revoke_key.asking import revoke


def test_revoke_404_for_an_unknown_key(api, problem):
    problem(revoke(api, "00000000-0000-4000-8000-000000000000"), 404, "API_KEY_NOT_FOUND")
