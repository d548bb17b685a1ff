"""GET /v1/revocations, 200: what it answers."""

from tests.server.routes.paths import REVOCATIONS


def test_revocations_200_goes_on_from_where_an_earlier_answer_stopped(api):
    for _ in range(3):
        _, secret = api.issue()
        api.call("POST", "/v1/tokens:revoke", {"credential": secret}, key=None)
    first = api.call("GET", f"{REVOCATIONS}?page_size=1000").json()
    assert len(first["revocations"]) == 3
    assert api.call("GET", f"{REVOCATIONS}?after={first['positions']}").json() == {
        "revocations": [],
        "positions": first["positions"],
    }
