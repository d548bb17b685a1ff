"""How the tests of POST /v1/revocations ask."""

from tests.server.routes.paths import REVOCATIONS


def add(api, **body):
    return api.call("POST", REVOCATIONS, body)
