"""POST /v2alpha1/admin/apiKeys:batchVerify, 429: too much."""

from server.body import LIMIT
from tests.server.routes.paths import BATCH_VERIFY


def test_429_for_a_body_of_one_byte_too_many_and_400_for_one_that_is_full(refuses):
    refuses.body(LIMIT, "POST", BATCH_VERIFY)
