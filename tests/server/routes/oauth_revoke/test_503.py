"""Revocation by RFC 7009: where nothing could be written, the client is told to come again."""

from tests.server.routes.oauthcalls import REVOKE, post, refused


def test_a_database_that_is_gone_is_a_503_with_retry_after(api):
    secret = api.issue()[1]
    api.run(api.node.store.close())
    answer = post(api, REVOKE, {"token": secret}, key=None)
    refused(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"
    api.open()
    assert api.code(secret) == "ok"
