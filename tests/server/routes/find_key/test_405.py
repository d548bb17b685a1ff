"""GET /v1/keys/{key_id}, 405: another method."""


def test_405_tells_in_allow_which_methods_there_are(refuses, subject):
    refuses.methods(f"/v1/keys/{subject.issued}", "GET", "HEAD")
