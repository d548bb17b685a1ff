"""POST /v1/actors/{actor_id}:revoke, 405: another method."""


def test_405_tells_in_allow_which_methods_there_are(refuses, subject):
    refuses.methods(f"/v1/actors/{subject.actor}:revoke", "POST")
