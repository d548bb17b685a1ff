"""GET /v1/cluster, 200: what it answers."""

from tests.server.routes.paths import CLUSTER


def test_200_of_a_node_that_has_its_database_to_itself_is_that_it_is_alone_and_fresh(api):
    key_id, _ = api.issue()
    api.call(
        "POST",
        f"/v2alpha1/admin/issuedApiKeys/{key_id}:revoke",
        {"reason": "REVOCATION_REASON_SUPERSEDED"},
    )
    told = api.call("GET", CLUSTER).json()
    assert (told["mode"], told["fresh"], told["staleness_ms"]) == ("alone", True, None)
    (only,) = told["nodes"]
    assert only["this"] and only["lag"] == 0 and only["positions"] == told["revision"]
    assert len(told["epoch"]) == 32 and told["stale_policy"] == "closed"
