"""DELETE /v2alpha1/admin/importedApiKeys/{key_id}, 404: what is not here."""

import pytest

from tests.server.routes.delete_imported_key.asking import delete
from tests.server.routes.every import NOWHERE


@pytest.mark.parametrize("key_id", [NOWHERE, "x", "0" * 64])
def test_404_for_an_unknown_id_in_any_spelling(api, problem, key_id):
    problem(delete(api, key_id), 404, "API_KEY_NOT_FOUND")
    assert api.log() == []


def test_404_for_an_issued_key_which_lives_on(api, problem, subject):
    problem(delete(api, subject.issued), 404, "API_KEY_NOT_FOUND")
    assert api.code(subject.credential) == "ok"


def test_404_for_a_key_that_is_deleted_already(api, problem, subject):
    assert delete(api, subject.imported).status_code == 204
    problem(delete(api, subject.imported), 404, "API_KEY_NOT_FOUND")
    assert len(api.log()) == 1
