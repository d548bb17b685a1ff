"""How the tests of POST /v2alpha1/admin/apiKeys:derive ask."""

from tests.server.routes.paths import DERIVE

MACAROON = {"algorithm": "TOKEN_ALGORITHM_MACAROON"}
JWT = {"algorithm": "TOKEN_ALGORITHM_JWT"}


def derive(api, credential, **fields):
    return api.call("POST", DERIVE, {"credential": credential, **MACAROON, **fields})


def derive_jwt(api, credential, **fields):
    return api.call("POST", DERIVE, {"credential": credential, **fields})
