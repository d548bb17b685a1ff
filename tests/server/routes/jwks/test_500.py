"""GET /.well-known/jwks.json, 500: a fault of the server's own."""

from tests.server.routes.jwks.asking import change
from tests.server.routes.paths import JWKS


def test_without_any_key_the_set_is_a_500_that_tells_the_operator_what_to_do(api, problem):
    change(api, lambda keys: ())
    api.reopen()
    error = problem(api.call("GET", JWKS, key=None), 500, "INTERNAL_SERVER_ERROR")
    assert "signing-keys generate" in error["message"]
