"""How the tests of DELETE /v2alpha1/admin/importedApiKeys/{key_id} ask."""

from tests.server.routes.paths import IMPORTED


def delete(api, key_id, **how):
    return api.call("DELETE", f"{IMPORTED}/{key_id}", **how)
