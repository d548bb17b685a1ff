"""POST /v2alpha1/admin/apiKeys:derive, 503: the database is out of reach."""

from tests.server.routes.paths import DERIVE


def test_503_while_the_database_is_out_of_reach_and_nothing_is_derived(refuses, subject):
    refuses.lost("POST", DERIVE, {"credential": subject.credential})
