"""Getting one key, and listing many."""

import pytest

ISSUED = "/v2alpha1/admin/issuedApiKeys"
NOBODY = "00000000-0000-4000-8000-000000000000"


def everything(api, **query):
    """All pages of a listing, and how many keys each had."""
    keys, sizes, token = [], [], ""
    while True:
        answer = api.call("GET", ISSUED + "?" + "&".join([*_pairs(query), f"page_token={token}"]))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        keys += page["issued_api_keys"]
        sizes.append(len(page["issued_api_keys"]))
        token = page["next_page_token"]
        if not token:
            return keys, sizes


def _pairs(query):
    return [f"{name}={value}" for name, value in query.items()]


def test_get_200_is_what_issue_answered_and_shows_the_last_use(api, clock):
    answer = api.call("POST", ISSUED, {"name": "one"}).json()
    key, secret = answer["issued_api_key"], answer["secret"]
    assert api.get(key["key_id"]) == key
    clock.forward(1.5)
    api.verify(secret)
    api.run(api.node.flush_uses())
    assert api.get(key["key_id"]) == key | {"last_used_time": "2027-01-15T08:00:01.500Z"}


def test_get_200_reads_expired_from_the_second_of_expiry(api, clock):
    key_id, secret = api.issue(ttl="60s")
    clock.forward(59)
    assert api.get(key_id)["status"] == "KEY_STATUS_ACTIVE" and api.code(secret) == "ok"
    clock.forward(1)
    assert api.get(key_id)["status"] == "KEY_STATUS_EXPIRED" and api.code(secret) == "EXPIRED"


@pytest.mark.parametrize("spelling", [NOBODY, "x", NOBODY.upper() + "a", "%20", "..%2fapiKeys"])
def test_get_404_for_an_unknown_id_in_any_spelling(api, problem, spelling):
    problem(api.call("GET", f"{ISSUED}/{spelling}"), 404, "API_KEY_NOT_FOUND")


def test_get_404_for_an_upper_case_id_and_for_an_admin_key(api, problem):
    key_id, _ = api.issue()
    admin = api.initialised.admin_key_id.hex()
    dashed = "-".join((admin[:8], admin[8:12], admin[12:16], admin[16:20], admin[20:]))
    problem(api.call("GET", f"{ISSUED}/{dashed}"), 404, "API_KEY_NOT_FOUND")
    if key_id != key_id.upper():
        problem(api.call("GET", f"{ISSUED}/{key_id.upper()}"), 404, "API_KEY_NOT_FOUND")


def test_get_400_for_a_path_that_is_no_percent_encoding(api, problem):
    problem(api.call("GET", f"{ISSUED}/%FF"), 400, "BAD_REQUEST")


def test_list_200_gives_each_of_120_keys_once_by_descending_id_in_pages(api):
    made = {api.issue(name=str(number))[0] for number in range(120)}
    keys, sizes = everything(api)
    assert sizes == [50, 50, 20]
    ids = [key["key_id"] for key in keys]
    assert ids == sorted(made, reverse=True)
    assert everything(api, page_size=7)[1] == [7] * 17 + [1]
    assert everything(api, page_size=120)[1] == [120]
    assert everything(api, page_size=999_999)[1] == [120]
    assert everything(api, page_size=0)[1] == everything(api, pageSize=-3)[1] == [50, 50, 20]
    assert everything(api, page_size="")[1] == [50, 50, 20]


def test_list_200_pages_stay_whole_while_keys_are_issued_and_the_node_restarts(api):
    made = {api.issue()[0] for _ in range(9)}
    first = api.call("GET", ISSUED + "?page_size=5").json()
    for _ in range(5):
        api.issue()
    api.reopen()
    rest = api.call("GET", f"{ISSUED}?page_size=1000&page_token={first['next_page_token']}").json()
    ids = [key["key_id"] for key in first["issued_api_keys"] + rest["issued_api_keys"]]
    assert made <= set(ids) and len(ids) == len(set(ids))


def test_list_200_filters_by_actor_and_status(api, clock):
    live, _ = api.issue(actor_id='a"b', ttl="1h")
    dead, _ = api.issue(actor_id='a"b', ttl="1h")
    gone, _ = api.issue(actor_id="other", ttl="10s")
    api.call("POST", f"{ISSUED}/{dead}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    clock.forward(10)

    def ids(text):
        answer = api.run(api.send("GET", f"{ISSUED}?filter={text}"))
        assert answer.status_code == 200, answer.text
        return {key["key_id"] for key in answer.json()["issued_api_keys"]}

    assert ids("") == {live, dead, gone}
    assert ids("actor_id=%22other%22") == {gone}
    assert ids("actor_id=%22a%5C%22b%22") == {live, dead}
    assert ids("status=KEY_STATUS_ACTIVE") == {live}
    assert ids("status=KEY_STATUS_EXPIRED") == {gone}
    assert ids("actor_id=%22a%5C%22b%22%20AND%20status=KEY_STATUS_REVOKED") == {dead}
    assert ids("actor_id=%22nobody%22") == set()


def test_list_200_never_shows_an_admin_key(api):
    assert everything(api) == ([], [0])


@pytest.mark.parametrize(
    "query",
    [
        "page_size=ten",
        "page_size=1e3",
        "page_size=9999999999",
        "page_size=5&pageSize=5",
        "filter=name=%22x%22",
        "filter=status=KEY_STATUS_UNSPECIFIED",
        "filter=actor_id=%22a%22%20OR%20actor_id=%22b%22",
        "filter=actor_id=%22a%22%20AND%20actor_id=%22b%22",
        "page_token=junk",
        "page_token=" + "A" * 64,
        "filter=%00",
        "filter=%FF",
        "filter=%zz",
    ],
)
def test_list_400_for_what_it_does_not_understand(api, problem, query):
    error = problem(api.call("GET", f"{ISSUED}?{query}"), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] in ("page_size", "filter", "page_token", "query")


def test_list_400_for_a_page_token_of_another_filter_or_a_changed_one(api, problem):
    for _ in range(3):
        api.issue(actor_id="a")
    token = api.call("GET", ISSUED + "?page_size=1").json()["next_page_token"]
    other = f"{ISSUED}?page_size=1&page_token={token}&filter=actor_id=%22a%22"
    assert problem(api.call("GET", other), 400)["metadata"]["field"] == "page_token"
    for place in (0, 30, len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        problem(api.call("GET", f"{ISSUED}?page_token={changed}"), 400, "BAD_REQUEST")


def test_list_400_for_a_page_token_of_another_tenant_of_the_same_house(api, problem):
    for _ in range(2):
        api.issue()
    token = api.call("GET", ISSUED + "?page_size=1").json()["next_page_token"]
    api.reopen(tenant="acme")
    error = problem(api.call("GET", f"{ISSUED}?page_token={token}"), 400, "BAD_REQUEST")
    assert error["message"] == "page token network mismatch"
