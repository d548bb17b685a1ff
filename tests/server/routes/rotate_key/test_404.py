"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate, 404: what is not here."""

from tests.server.routes.rotate_key.asking import rotate


def test_rotate_404_for_an_unknown_key(api, problem):
    problem(rotate(api, "00000000-0000-4000-8000-000000000000"), 404, "API_KEY_NOT_FOUND")
