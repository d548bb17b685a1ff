"""DELETE /v2alpha1/admin/importedApiKeys/{key_id}, 403: a credential that may not."""

from tests.server.routes.delete_imported_key.asking import delete
from tests.server.routes.paths import IMPORTED


def test_403_for_a_caller_that_may_not_write(api, problem):
    key_id = api.import_key("raw")
    problem(delete(api, key_id, key=api.admin_key("marzipan:read")), 403)
    problem(delete(api, key_id, key=None), 401)
    assert api.code("raw") == "ok"


def test_403_without_the_scope_marzipan_admin_and_nothing_is_deleted(refuses, subject):
    refuses.powerless("marzipan:admin", "DELETE", f"{IMPORTED}/{subject.imported}")
