"""GET /v2alpha1/admin/importedApiKeys, 200: what it answers."""

from tests.server.routes.list_imported_keys.asking import ids, listed
from tests.server.routes.paths import IMPORTED


def test_list_200_gives_each_key_once_by_descending_id_in_pages(api):
    made = {api.import_key(f"raw {number}") for number in range(7)}
    seen, token, sizes = [], "", []
    while True:
        page = listed(api, f"page_size=3&page_token={token}")
        seen += [key["key_id"] for key in page["imported_api_keys"]]
        sizes.append(len(page["imported_api_keys"]))
        if not (token := page["next_page_token"]):
            break
    assert seen == sorted(made, reverse=True) and sizes == [3, 3, 1]


def test_list_200_filters_by_actor_and_status(api, clock):
    live = api.import_key("a", actor_id='a"b', ttl="1h")
    dead = api.import_key("b", actor_id='a"b', ttl="1h")
    gone = api.import_key("c", actor_id="other", ttl="10s")
    api.call("POST", f"{IMPORTED}/{dead}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    clock.forward(10)
    assert set(ids(api)) == {live, dead, gone}
    assert ids(api, "filter=actor_id=%22other%22") == [gone]
    assert ids(api, "filter=status=KEY_STATUS_ACTIVE") == [live]
    assert ids(api, "filter=status=KEY_STATUS_EXPIRED") == [gone]
    both = "filter=actor_id=%22a%5C%22b%22%20AND%20status=KEY_STATUS_REVOKED"
    assert ids(api, both) == [dead]
