"""PATCH /v2alpha1/admin/issuedApiKeys/{key_id}, 404: what is not here."""

from tests.server.routes.update_key.asking import patch


def test_update_404_for_an_unknown_key(api, problem):
    problem(patch(api, "00000000-0000-4000-8000-000000000000", {}), 404, "API_KEY_NOT_FOUND")
    problem(patch(api, "x", {}), 404, "API_KEY_NOT_FOUND")
