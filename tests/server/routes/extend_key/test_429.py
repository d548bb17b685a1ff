"""POST /v1/keys/{key_id}:extend, 429: too much."""

from server.body import LIMIT


def test_429_for_a_body_of_one_byte_too_many_and_400_for_one_that_is_full(refuses, subject):
    refuses.body(LIMIT, "POST", f"/v1/keys/{subject.issued}:extend")
