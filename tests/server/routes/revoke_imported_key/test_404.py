"""POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke, 404: what is not here."""

import pytest

from tests.server.routes.every import NOWHERE
from tests.server.routes.revoke_imported_key.asking import revoke


@pytest.mark.parametrize("key_id", [NOWHERE, "x", "0" * 64])
def test_404_for_an_unknown_id_in_any_spelling(api, problem, key_id):
    problem(revoke(api, key_id), 404, "API_KEY_NOT_FOUND")
    assert api.log() == []


def test_404_for_an_issued_key_which_lives_on(api, problem, subject):
    problem(revoke(api, subject.issued), 404, "API_KEY_NOT_FOUND")
    assert api.code(subject.credential) == "ok"
