"""GET /v2alpha1/admin/importedApiKeys/{key_id}, 200: what it answers."""

from tests.server.routes.list_imported_keys.asking import listed
from tests.server.routes.paths import IMPORTED


def test_get_200_shows_the_last_use(api, clock):
    key_id = api.import_key("raw")
    clock.forward(1.5)
    api.verify("raw")
    api.run(api.node.flush_uses())
    shown = api.call("GET", f"{IMPORTED}/{key_id}").json()
    assert shown["last_used_time"] == "2027-01-15T08:00:01.500Z"
    assert listed(api)["imported_api_keys"] == [shown]
