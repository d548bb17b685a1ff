"""POST /v2alpha1/apiKeys:selfRevoke, 429: too much."""

from server.app import PUBLIC_LIMIT
from tests.server.routes.paths import SELF_REVOKE


def test_429_for_a_body_of_one_byte_too_many_and_400_for_one_that_is_full(refuses):
    refuses.body(PUBLIC_LIMIT, "POST", SELF_REVOKE, None)
