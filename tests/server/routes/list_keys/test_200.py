"""GET /v2alpha1/admin/issuedApiKeys, 200: what it answers."""

from tests.server.routes.paths import ISSUED


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
