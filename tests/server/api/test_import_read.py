"""Getting one imported key, and listing many."""

import pytest

IMPORTED = "/v2alpha1/admin/importedApiKeys"
ISSUED = "/v2alpha1/admin/issuedApiKeys"


def listed(api, query=""):
    answer = api.call("GET", f"{IMPORTED}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(api, query=""):
    return [key["key_id"] for key in listed(api, query)["imported_api_keys"]]


def test_get_200_shows_the_last_use(api, clock):
    key_id = api.import_key("raw")
    clock.forward(1.5)
    api.verify("raw")
    api.run(api.node.flush_uses())
    shown = api.call("GET", f"{IMPORTED}/{key_id}").json()
    assert shown["last_used_time"] == "2027-01-15T08:00:01.500Z"
    assert listed(api)["imported_api_keys"] == [shown]


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


@pytest.mark.parametrize("query", ["page_size=ten", "filter=name=%22x%22", "page_token=junk"])
def test_list_400_for_what_it_does_not_understand(api, problem, query):
    problem(api.call("GET", f"{IMPORTED}?{query}"), 400, "BAD_REQUEST")


def test_list_400_for_a_page_token_of_the_issued_keys(api, problem):
    for number in range(2):
        api.issue()
        api.import_key(f"raw {number}")
    token = api.call("GET", ISSUED + "?page_size=1").json()["next_page_token"]
    problem(api.call("GET", f"{IMPORTED}?page_token={token}"), 400)


def test_reading_needs_the_read_scope_and_no_more(api, problem):
    key_id = api.import_key("raw")
    for path in (IMPORTED, f"{IMPORTED}/{key_id}"):
        assert api.call("GET", path, key=api.admin_key("marzipan:read")).status_code == 200
        problem(api.call("GET", path, key=api.admin_key("marzipan:admin")), 403)
