"""GET /v2alpha1/admin/importedApiKeys/{key_id}, 404: what is not here."""

import pytest

from tests.server.routes.list_imported_keys.asking import ids
from tests.server.routes.paths import IMPORTED, ISSUED


def test_each_kind_of_key_is_found_by_its_own_route_alone(api, problem):
    imported, (issued, _) = api.import_key("raw"), api.issue()
    assert ids(api) == [imported]
    assert [k["key_id"] for k in api.call("GET", ISSUED).json()["issued_api_keys"]] == [issued]
    problem(api.call("GET", f"{ISSUED}/{imported}"), 404, "API_KEY_NOT_FOUND")
    problem(api.call("GET", f"{IMPORTED}/{issued}"), 404, "API_KEY_NOT_FOUND")
    reason = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    for path, body in ((":revoke", reason), (":rotate", {})):
        problem(api.call("POST", f"{ISSUED}/{imported}{path}", body), 404)
    problem(api.call("POST", f"{IMPORTED}/{issued}:revoke", reason), 404)
    problem(api.call("POST", f"{IMPORTED}/{imported}:rotate", {}), 404)
    problem(api.call("PATCH", f"{IMPORTED}/{issued}", {"name": "x"}), 404)
    problem(api.call("PATCH", f"{ISSUED}/{imported}", {"name": "x"}), 404)
    problem(api.call("DELETE", f"{IMPORTED}/{issued}"), 404)
    problem(api.call("DELETE", f"{ISSUED}/{imported}"), 405)


@pytest.mark.parametrize("spelling", ["x", "0" * 64, "00000000-0000-4000-8000-000000000000", "%20"])
def test_get_404_for_an_unknown_id_in_any_spelling(api, problem, spelling):
    for method in ("GET", "PATCH", "DELETE"):
        body = {} if method == "PATCH" else None
        problem(api.call(method, f"{IMPORTED}/{spelling}", body), 404, "API_KEY_NOT_FOUND")
