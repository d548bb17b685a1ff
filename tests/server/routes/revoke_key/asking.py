"""How the tests of POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke ask."""

from tests.server.routes.paths import ISSUED

SUPERSEDED = {"reason": "REVOCATION_REASON_SUPERSEDED"}
WITHDRAWN = {"reason": "REVOCATION_REASON_PRIVILEGE_WITHDRAWN", "description": "left us"}


def revoke(api, key_id, body=SUPERSEDED):
    return api.call("POST", f"{ISSUED}/{key_id}:revoke", body)
