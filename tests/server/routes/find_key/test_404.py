"""GET /v1/keys/{key_id} 404: no key of this tenant has this id, in this spelling."""

from uuid import UUID

import pytest

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("spelling", [NOBODY, "x", NOBODY.replace("-", ""), "%20", "..%2fx"])
def test_what_is_no_id_of_a_key_is_not_there(api, problem, spelling):
    problem(api.call("GET", "/v1/keys/ID".replace("ID", spelling)), 404, "API_KEY_NOT_FOUND")


def test_an_admin_key_and_another_tenants_key_are_not_there(api, problem):
    admin = UUID(api.initialised.admin_key_id.hex())
    problem(api.call("GET", "/v1/keys/ID".replace("ID", str(admin))), 404, "API_KEY_NOT_FOUND")
    key_id, _ = api.issue()
    api.reopen(tenant="acme")
    problem(api.call("GET", "/v1/keys/ID".replace("ID", key_id)), 404, "API_KEY_NOT_FOUND")


def test_a_deleted_key_is_not_there(api, problem):
    key_id = api.import_key("a raw key of another system")
    assert api.call("DELETE", f"/v2alpha1/admin/importedApiKeys/{key_id}").status_code == 204
    problem(api.call("GET", "/v1/keys/ID".replace("ID", key_id)), 404, "API_KEY_NOT_FOUND")
