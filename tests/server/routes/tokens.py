"""How the tests of these routes ask."""

from tests.server.routes.paths import TOKENS


def ask(api, verb, body, key=None):
    return api.call("POST", TOKENS + verb, body, key=key)


def kill(api, token):
    return ask(api, "revoke", {"credential": token})
