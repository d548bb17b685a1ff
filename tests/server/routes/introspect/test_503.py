"""Introspection: where the database gives no answer, nobody is told that a token is not active."""

from tests.server.routes.oauthcalls import INTROSPECT, post, refused


def test_a_database_that_is_gone_is_a_503_with_retry_after(api):
    _, secret = api.issue()
    assert post(api, INTROSPECT, {"token": "x"}).status_code == 200
    api.run(api.node.store.close())
    answer = post(api, INTROSPECT, {"token": secret})
    refused(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"
    api.open()
