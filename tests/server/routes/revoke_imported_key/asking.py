"""How the tests of POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke ask."""

from tests.server.routes.paths import IMPORTED

COMPROMISE = "REVOCATION_REASON_KEY_COMPROMISE"


def revoke(api, key_id, **body):
    return api.call("POST", f"{IMPORTED}/{key_id}:revoke", {"reason": COMPROMISE, **body})
