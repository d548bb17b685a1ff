"""GET /v1/keys, 405: another method."""


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods("/v1/keys", "GET", "HEAD")
