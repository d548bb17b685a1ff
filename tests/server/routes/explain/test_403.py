"""POST /v1/tokens:explain, 403: a credential that may not."""

from tests.server.routes.paths import EXPLAIN


def test_403_without_the_scope_marzipan_verify_and_nothing_is_explained(refuses, subject):
    refuses.powerless("marzipan:verify", "POST", EXPLAIN, {"credential": subject.credential})
