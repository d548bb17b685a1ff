"""GET /v1/audit, 400: bad input, refused by field and rule."""

from tests.server.routes.paths import AUDIT


def test_400_for_another_tenant_and_a_token_of_elsewhere(api, problem):
    for _ in range(3):
        api.issue()
    token = api.call("GET", f"{AUDIT}?page_size=1").json()["next_page_token"]
    listing = api.call("GET", "/v2alpha1/admin/issuedApiKeys?page_size=1").json()
    for query in (
        "tenant=other",
        "page_size=x",
        "target=",
        f"target={'a' * 257}",
        "target=%00",
        f"page_token={token}&target=x",
        "page_token=x",
        f"page_token={token}&tenant=marzipan",
        f"page_token={listing['next_page_token']}",
    ):
        problem(api.call("GET", f"{AUDIT}?{query}"), 400, "BAD_REQUEST")
