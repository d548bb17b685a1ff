"""POST /v2alpha1/admin/apiKeys:batchVerify, 503: the database is out of reach."""

from tests.server.routes.paths import BATCH_VERIFY


def test_503_while_the_database_is_out_of_reach_and_nothing_is_verified(refuses, subject):
    refuses.lost("POST", BATCH_VERIFY, {"requests": [{"credential": subject.credential}]})
