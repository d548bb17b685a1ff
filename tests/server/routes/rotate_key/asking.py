"""How the tests of POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate ask."""

from tests.server.routes.paths import ISSUED


def rotate(api, key_id, **body):
    return api.call("POST", f"{ISSUED}/{key_id}:rotate", body)
