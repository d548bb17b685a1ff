"""How the tests of GET /v2alpha1/admin/importedApiKeys ask."""

from tests.server.routes.paths import IMPORTED


def listed(api, query=""):
    answer = api.call("GET", f"{IMPORTED}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(api, query=""):
    return [key["key_id"] for key in listed(api, query)["imported_api_keys"]]
