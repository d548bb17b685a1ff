"""Token exchange: every other method."""


def test_every_other_method_is_refused(refuses):
    refuses.methods("/v1/oauth2/token", "POST")
