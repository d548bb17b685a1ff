"""POST /v1/keys/{key_id}:suspend, 403: a credential that may not."""


def test_403_without_the_scope_marzipan_admin_and_nothing_is_suspended(refuses, subject):
    refuses.powerless("marzipan:admin", "POST", f"/v1/keys/{subject.issued}:suspend")
