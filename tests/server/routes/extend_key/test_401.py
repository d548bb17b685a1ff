"""POST /v1/keys/{key_id}:extend, 401: no good credential."""


def test_401_for_all_but_a_good_admin_key_and_nothing_is_extended(refuses, subject):
    refuses.strangers("POST", f"/v1/keys/{subject.issued}:extend", {"ttl": "60d"})
