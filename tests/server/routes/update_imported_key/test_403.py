"""PATCH /v2alpha1/admin/importedApiKeys/{key_id}, 403: a credential that may not."""

from tests.server.routes.paths import IMPORTED


def test_403_for_a_caller_that_may_not_write(api, problem):
    key_id = api.import_key("raw")
    reader = api.admin_key("marzipan:read")
    problem(api.call("PATCH", f"{IMPORTED}/{key_id}", {"name": "x"}, key=reader), 403)


def test_403_without_the_scope_marzipan_admin_and_nothing_is_changed(refuses, subject):
    refuses.powerless("marzipan:admin", "PATCH", f"{IMPORTED}/{subject.imported}", {"name": "new"})
