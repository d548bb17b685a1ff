"""Token exchange: where the database gives no answer, the key is not said to be bad."""

from storage.errors import StoreUnavailable
from tests.server.routes.oauthcalls import exchange, refused


def test_a_database_that_is_gone_is_a_503_with_retry_after(api, break_store):
    _, secret = api.issue()
    assert exchange(api, secret).status_code == 200
    break_store(StoreUnavailable("gone"))
    answer = exchange(api, secret)
    refused(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"
