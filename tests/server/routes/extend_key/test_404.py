"""What is no key of the tenant that is served is not there."""

import pytest

from tests.server.routes.lifecycle import NOWHERE, act


@pytest.mark.parametrize("key_id", NOWHERE)
def test_an_id_that_names_no_key_is_not_there(api, problem, key_id):
    problem(act(api, key_id, "extend", {"ttl": "60d"}), 404, "API_KEY_NOT_FOUND")
    assert api.log() == []


def test_an_admin_key_is_not_there(api, problem):
    admin = api.initialised.admin_key_id.hex()
    dashed = "-".join((admin[:8], admin[8:12], admin[12:16], admin[16:20], admin[20:]))
    problem(act(api, dashed, "extend", {"ttl": "60d"}), 404, "API_KEY_NOT_FOUND")


def test_a_deleted_key_is_not_there(api, problem):
    key_id = api.import_key("raw")
    assert api.call("DELETE", f"/v2alpha1/admin/importedApiKeys/{key_id}").status_code == 204
    problem(act(api, key_id, "extend", {"ttl": "60d"}), 404, "API_KEY_NOT_FOUND")
