"""POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke, 409: what stands against it."""

from tests.server.routes.revoke_imported_key.asking import revoke


def test_400_404_and_409_are_those_of_issued_keys(api, problem):
    key_id = api.import_key("raw")
    problem(revoke(api, key_id, description="why"), 400)
    problem(revoke(api, key_id, reason="REVOCATION_REASON_UNSPECIFIED"), 400)
    problem(revoke(api, "00000000-0000-4000-8000-000000000000"), 404, "API_KEY_NOT_FOUND")
    assert api.code("raw") == "ok"
    revoke(api, key_id)
    problem(revoke(api, key_id), 409, "CONFLICT")
