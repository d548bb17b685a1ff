"""How the tests of POST /v2alpha1/apiKeys:selfRevoke ask."""

from tests.server.routes.paths import SELF_REVOKE


def self_revoke(api, credential, **more):
    return api.call("POST", SELF_REVOKE, {"credential": credential, **more}, key=None)
