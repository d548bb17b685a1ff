"""POST /v2alpha1/admin/apiKeys:derive, 500: a fault of the server's own."""

from server import secretfile
from tests.server.routes.derive.asking import derive_jwt


def test_derive_500_without_a_signing_key_says_what_the_operator_does(api, problem):
    path = api.settings.secret_file
    secretfile.change_signing_keys(path, lambda keys: ())
    api.reopen()
    _, secret = api.issue()
    error = problem(derive_jwt(api, secret), 500, "INTERNAL_SERVER_ERROR")
    assert "signing-keys generate" in error["message"]
    assert api.code(api.derive(secret)) == "ok"
