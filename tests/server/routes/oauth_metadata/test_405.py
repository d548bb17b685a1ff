"""Server metadata: every other method."""


def test_every_other_method_is_refused(refuses):
    refuses.methods("/.well-known/oauth-authorization-server", "GET", "HEAD")
