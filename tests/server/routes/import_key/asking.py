"""How the tests of POST /v2alpha1/admin/importedApiKeys ask."""

from tests.server.routes.paths import IMPORTED

RAW = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
BODY = {"raw_key": RAW, "name": "legacy", "actor_id": "billing"}


def post(api, **fields):
    body = {name: value for name, value in (BODY | fields).items() if value is not None}
    return api.call("POST", IMPORTED, body)
