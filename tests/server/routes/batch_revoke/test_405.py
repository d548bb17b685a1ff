"""Revoking credentials that were found: every other method."""


def test_every_other_method_is_refused(refuses):
    refuses.methods("/v1/tokens:batchRevoke", "POST")
