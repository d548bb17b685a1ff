"""POST /v2alpha1/admin/apiKeys:verify, 503: the database is out of reach."""

from tests.server.routes.paths import VERIFY


def test_503_while_the_database_is_out_of_reach_and_nothing_is_verified(refuses, subject):
    refuses.lost("POST", VERIFY, {"credential": subject.credential})
