"""GET /version, 405: another method."""


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods("/version", "GET", "HEAD")
