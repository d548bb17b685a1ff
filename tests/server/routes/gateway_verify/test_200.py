"""/v1/verify, 200: what it answers."""

import pytest

from engine.caveats import Delegate, Http, Network
from engine.networks import cidr
from tests.server.routes.gateway_verify.asking import PROXY, STRANGER, gate


def test_gateway_200_says_who_it_is_in_headers_of_plain_text(api):
    key_id, secret = api.issue(actor_id="Zoë, admin\r\nx: y", scopes=["a:b", "c d", "*"])
    token = api.narrow(secret, Delegate("bot,1"), Delegate("bot 2"))
    answer = gate(api, token)
    assert (answer.status_code, answer.json()) == (200, {"allowed": True})
    assert answer.headers["marzipan-key-id"] == key_id
    assert answer.headers["marzipan-actor"] == "Zo%C3%AB%2C%20admin%0D%0Ax:%20y"
    assert answer.headers["marzipan-scopes"] == "a:b c%20d *"
    assert answer.headers["marzipan-delegates"] == "bot%2C1, bot%202"
    assert answer.headers["cache-control"] == "no-store"
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_gateway_200_for_every_method_here_and_below(api, method):
    _, secret = api.issue()
    for path in ("/v1/verify", "/v1/verify/", "/v1/verify/any/path%20there"):
        assert gate(api, secret, path, method=method).status_code == 200


def test_gateway_believes_a_trusted_proxy_about_address_method_and_path(api):
    _, secret = api.issue()
    home = api.narrow(secret, Network((cidr("192.0.2.0/24"),)))
    http = api.narrow(secret, Http(("DELETE",), ("/things/*",)))
    inside = {"X_Forwarded_For": f"192.0.2.7, {PROXY}"}
    assert gate(api, home, **inside).status_code == 200
    forged = gate(api, home, X_Forwarded_For=f"192.0.2.7, {STRANGER}, {PROXY}")
    assert forged.status_code == 403
    assert forged.json()["error_code"] == "VERIFICATION_ERROR_IP_NOT_ALLOWED"
    facts = {"X_Forwarded_Method": "DELETE", "X_Forwarded_Uri": "/things/1?x=/.."}
    assert gate(api, http, **facts).status_code == 200
    nginx = {"X_Original_Method": "DELETE", "X_Original_URI": "/things/1"}
    assert gate(api, http, **nginx).status_code == 200
    assert gate(api, http, "/v1/verify/things/1?q", method="DELETE").status_code == 200
    assert gate(api, http, "/v1/verify/things/1", method="GET", **facts).status_code == 403
    assert gate(api, http, "/v1/verify/things/%2e%2e/x", method="DELETE").status_code == 403
    assert gate(api, http, **facts | {"X_Forwarded_Uri": "/things/../x"}).status_code == 403
    assert gate(api, http).status_code == 403
