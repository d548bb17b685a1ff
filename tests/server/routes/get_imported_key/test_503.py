"""GET /v2alpha1/admin/importedApiKeys/{key_id}, 503: the database is out of reach."""

from tests.server.routes.paths import IMPORTED


def test_503_while_the_database_is_out_of_reach_and_nothing_is_shown(refuses, subject):
    refuses.lost("GET", f"{IMPORTED}/{subject.imported}")
