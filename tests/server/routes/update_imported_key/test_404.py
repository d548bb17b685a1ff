"""PATCH /v2alpha1/admin/importedApiKeys/{key_id}, 404: what is not here."""

import pytest

from tests.server.routes.every import NOWHERE
from tests.server.routes.update_imported_key.asking import patch


@pytest.mark.parametrize("key_id", [NOWHERE, "x", "0" * 64])
def test_404_for_an_unknown_id_in_any_spelling(api, problem, key_id):
    problem(patch(api, key_id, {"name": "new"}), 404, "API_KEY_NOT_FOUND")


def test_404_for_an_issued_key_which_stays_as_it_is(api, problem, subject):
    before = api.get(subject.issued)
    problem(patch(api, subject.issued, {"name": "new"}), 404, "API_KEY_NOT_FOUND")
    assert api.get(subject.issued) == before
