"""GET /openapi.json, 405: another method."""


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods("/openapi.json", "GET", "HEAD")
