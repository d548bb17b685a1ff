"""PATCH /v2alpha1/admin/importedApiKeys/{key_id}, 200: what it answers."""

import pytest

from tests.server.routes.paths import IMPORTED
from tests.server.routes.update_imported_key.asking import patch


def test_200_changes_what_the_mask_names_and_the_next_verify_sees_it(api):
    key_id = api.import_key("raw", scopes=["read"])
    assert api.verify("raw")["scopes"] == ["read"]
    answer = patch(api, key_id, {"name": "new", "scopes": ["read", "write"]}, "scopes")
    assert answer.status_code == 200
    assert (answer.json()["scopes"], answer.json()["name"]) == (["read", "write"], "legacy")
    assert api.verify("raw")["scopes"] == ["read", "write"]
    assert answer.json() == api.call("GET", f"{IMPORTED}/{key_id}").json()


@pytest.mark.parametrize("wrapper", ["imported_api_key", "importedApiKey"])
def test_200_for_a_body_that_wraps_the_resource(api, wrapper):
    key_id = api.import_key("raw")
    answer = patch(api, key_id, {wrapper: {"name": "new", "actor_id": "thief"}})
    assert (answer.json()["name"], answer.json()["actor_id"]) == ("new", "owner")


def test_200_and_what_was_derived_dies_when_the_key_is_narrowed(api):
    key_id = api.import_key("raw", scopes=["read", "write"])
    grant = api.derive("raw")
    patch(api, key_id, {"name": "same terms"})
    assert api.code(grant) == "ok"
    patch(api, key_id, {"scopes": ["read"]})
    assert (api.code(grant), api.code("raw")) == ("REVOKED", "ok")
    assert api.code(api.derive("raw")) == "ok"
