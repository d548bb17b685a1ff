"""GET /v2alpha1/admin/importedApiKeys, 403: a credential that may not."""

from tests.server.routes.paths import IMPORTED


def test_reading_needs_the_read_scope_and_no_more(api, problem):
    key_id = api.import_key("raw")
    for path in (IMPORTED, f"{IMPORTED}/{key_id}"):
        assert api.call("GET", path, key=api.admin_key("marzipan:read")).status_code == 200
        problem(api.call("GET", path, key=api.admin_key("marzipan:admin")), 403)


def test_403_without_the_scope_marzipan_read_and_nothing_is_listed(refuses):
    refuses.powerless("marzipan:read", "GET", IMPORTED)
