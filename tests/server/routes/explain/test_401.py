"""POST /v1/tokens:explain, 401: no good credential."""

from tests.server.routes.paths import EXPLAIN


def test_401_for_all_but_a_good_admin_key_and_nothing_is_explained(refuses, subject):
    refuses.strangers("POST", EXPLAIN, {"credential": subject.credential})
