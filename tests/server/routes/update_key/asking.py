"""How the tests of PATCH /v2alpha1/admin/issuedApiKeys/{key_id} ask."""

from tests.server.routes.paths import ISSUED

FULL = {
    "name": "before",
    "scopes": ["a", "b"],
    "metadata": {"k": 1},
    "rate_limit_policy": {"quota": "5", "window": "60s"},
    "ip_restriction": {"allowed_cidrs": ["10.0.0.0/8"]},
}


def patch(api, key_id, body, mask=None):
    return api.call("PATCH", f"{ISSUED}/{key_id}" + (f"?update_mask={mask}" if mask else ""), body)
