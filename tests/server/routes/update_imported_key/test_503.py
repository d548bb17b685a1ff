"""PATCH /v2alpha1/admin/importedApiKeys/{key_id}, 503: the database is out of reach."""

from tests.server.routes.paths import IMPORTED


def test_503_while_the_database_is_out_of_reach_and_nothing_is_changed(refuses, subject):
    refuses.lost("PATCH", f"{IMPORTED}/{subject.imported}", {"name": "new"})
