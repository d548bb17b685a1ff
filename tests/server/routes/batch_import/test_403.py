"""POST /v2alpha1/admin/importedApiKeys:batchCreate, 403: a credential that may not."""

from tests.server.routes.batch_import.asking import item
from tests.server.routes.paths import BATCH_IMPORT


def test_403_for_a_caller_that_may_not_write(api, problem):
    body = {"requests": [item("raw")]}
    problem(api.call("POST", BATCH_IMPORT, body, key=api.admin_key("marzipan:read")), 403)


def test_403_without_the_scope_marzipan_admin_and_nothing_is_imported(refuses):
    refuses.powerless("marzipan:admin", "POST", BATCH_IMPORT, {"requests": [item("raw")]})
