"""POST /v1/actors/{actor_id}:revoke, 403: a credential that may not."""


def test_403_without_the_scope_marzipan_admin_and_nothing_is_done(refuses, subject):
    refuses.powerless(
        "marzipan:admin",
        "POST",
        f"/v1/actors/{subject.actor}:revoke",
        {"reason": "REVOCATION_REASON_SUPERSEDED"},
    )
