"""DELETE /v2alpha1/admin/importedApiKeys/{key_id}, 403: a credential that may not."""

from tests.server.routes.delete_imported_key.asking import delete


def test_403_for_a_caller_that_may_not_write(api, problem):
    key_id = api.import_key("raw")
    problem(delete(api, key_id, key=api.admin_key("marzipan:read")), 403)
    problem(delete(api, key_id, key=None), 401)
    assert api.code("raw") == "ok"
