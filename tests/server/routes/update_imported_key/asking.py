"""How the tests of PATCH /v2alpha1/admin/importedApiKeys/{key_id} ask."""

from tests.server.routes.paths import IMPORTED


def patch(api, key_id, body, mask=""):
    return api.call("PATCH", f"{IMPORTED}/{key_id}?update_mask={mask}", body)
