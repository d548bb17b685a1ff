"""The verify route for gateways: the status is the answer, identity is in headers."""

import pytest

from engine.caveats import Audience, Budget, Delegate, Http, Network, Resource, Scopes, Tools
from engine.networks import cidr
from storage.errors import StoreUnavailable

PROXY, STRANGER = "10.0.0.9", "203.0.113.5"


@pytest.fixture
def api(open_api):
    return open_api(trusted_proxies=["10.0.0.0/8"])


def gate(api, credential, path="/v1/verify", *, method="GET", peer=PROXY, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.call(method, path, key=credential, peer=peer, headers=given)


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


def test_gateway_401_without_a_credential_says_no_error_code(api, problem):
    for headers in ({}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer"}):
        answer = api.call("GET", "/v1/verify", key=None, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="marzipan"'
        assert answer.json()["error_code"] == "VERIFICATION_ERROR_INVALID_FORMAT"
        assert answer.headers["cache-control"] == "no-store"


def test_gateway_401_for_an_invalid_a_revoked_and_an_expired_credential(api, forge, clock, problem):
    key_id, revoked = api.issue()
    _, expired = api.issue(ttl="5s")
    api.call(
        "POST",
        f"/v2alpha1/admin/issuedApiKeys/{key_id}:revoke",
        {"reason": "REVOCATION_REASON_SUPERSEDED"},
    )
    clock.forward(5)
    cases = {"junk": "NOT_FOUND", forge.tail(revoked): "NOT_FOUND", forge.unknown(api): "NOT_FOUND"}
    cases |= {revoked: "REVOKED", expired: "EXPIRED", api.admin: "NOT_FOUND"}
    cases |= {forge.tail(api.narrow(revoked)): "SIGNATURE_INVALID"}
    for credential, code in cases.items():
        answer = gate(api, credential)
        assert answer.status_code == 401
        challenge = 'Bearer realm="marzipan", error="invalid_token"'
        assert answer.headers["www-authenticate"] == challenge
        told = answer.json()
        assert problem(answer, 401, "UNAUTHORIZED")
        assert told.pop("error")
        assert told == {
            "allowed": False,
            "error_code": f"VERIFICATION_ERROR_{code}",
            "caveat": None,
        }
        assert not [name for name in answer.headers if name.startswith("marzipan-key")]


def test_gateway_403_for_a_scope_from_the_query_that_is_not_covered(api):
    _, secret = api.issue(scopes=["a:*"])
    assert gate(api, secret, "/v1/verify?scope=a:x+a:y").status_code == 200
    answer = gate(api, secret, "/v1/verify?scope=a:x%20b%22%0a")
    assert answer.status_code == 403
    challenge = 'Bearer realm="marzipan", error="insufficient_scope", scope="a:x b%22"'
    assert answer.headers["www-authenticate"] == challenge
    assert answer.json()["caveat"] is None  # what the record says is not for whoever found a key


def test_gateway_403_for_facts_of_the_query_that_a_caveat_refuses(api):
    _, secret = api.issue(scopes=["a", "b"])
    for caveat, good, bad in (
        (Scopes(("a",)), "scope=a", "scope=b"),
        (Tools(("db.*",)), "tool=db.read", "tool=rm"),
        (Resource(("doc/*",)), "resource=doc%2f1", "resource=img%2f1"),
        (Audience(("api",)), "audience=api", "audience=other"),
    ):
        token = api.narrow(secret, caveat)
        assert gate(api, token, f"/v1/verify?{good}").status_code == 200
        answer = gate(api, token, f"/v1/verify?{bad}")
        assert answer.status_code == 403
        assert answer.json()["caveat"]["type"] == type(caveat).__name__
        if not isinstance(caveat, Scopes):
            assert gate(api, token).status_code == 403


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


def test_gateway_403_where_a_client_adds_the_header_that_its_proxy_does_not_set(api):
    _, secret = api.issue()
    http = api.narrow(secret, Http(("GET",), ("/things/*",)))
    nginx = {"X_Original_Method": "GET", "X_Original_URI": "/admin"}
    assert gate(api, http, **nginx, X_Forwarded_Uri="/things/1").status_code == 403
    traefik = {"X_Forwarded_Method": "DELETE", "X_Forwarded_Uri": "/things/1"}
    assert gate(api, http, **traefik, X_Original_Method="GET").status_code == 403
    both = {"X_Forwarded_Method": "GET", "X_Original_Method": "GET", "X_Original_URI": "/things/1"}
    assert gate(api, http, **both).status_code == 200


def test_gateway_403_where_a_client_adds_a_second_header_of_the_same_name(api):
    _, secret = api.issue()
    http = api.narrow(secret, Http(("GET",), ("/things/*",)))
    real = [(b"x-forwarded-method", b"GET"), (b"x-forwarded-uri", b"/things/1")]
    bearer = (b"authorization", f"Bearer {http}".encode())
    for added, status in (([], 200), ([(b"x-forwarded-uri", b"/admin")], 403), (real[:1], 403)):
        answer = api.call("GET", "/v1/verify", peer=PROXY, headers=[bearer, *real, *added])
        assert answer.status_code == status, added


def test_gateway_403_for_a_key_of_the_proxys_own_network_where_no_client_is_named(api):
    _, secret = api.issue(ip_restriction={"allowed_cidrs": ["10.0.0.0/8"]})
    assert gate(api, secret).status_code == 403
    assert gate(api, secret, X_Forwarded_For="10.0.0.77, 10.0.0.8").status_code == 200
    assert gate(api, secret, X_Forwarded_For="192.0.2.7").status_code == 403


def test_gateway_400_shows_no_name_of_a_parameter_that_could_be_a_credential(api, problem):
    _, secret = api.issue()
    error = problem(gate(api, None, f"/v1/verify?{secret}=1"), 400)
    assert secret not in str(error) and secret[20:60] not in str(error)


def test_gateway_403_for_whatever_an_untrusted_peer_claims(api):
    _, secret = api.issue()
    home = api.narrow(secret, Network((cidr("192.0.2.0/24"),)))
    http = api.narrow(secret, Http(("GET",), ("/things/*",)))
    facts = {"X_Forwarded_Method": "GET", "X_Forwarded_Uri": "/things/1"}
    assert gate(api, home, peer=STRANGER, X_Forwarded_For="192.0.2.7").status_code == 403
    assert gate(api, http, peer=STRANGER, **facts).status_code == 403
    assert gate(api, http, "/v1/verify/things/1", peer=STRANGER).status_code == 403
    assert gate(api, home, peer="192.0.2.7").status_code == 200


def test_gateway_takes_no_facts_from_the_query_of_the_original_request(api):
    _, secret = api.issue(scopes=["a"])
    token = api.narrow(secret, Tools(("db",)))
    assert gate(api, token, "/v1/verify/x?tool=db").status_code == 403
    assert gate(api, secret, "/v1/verify/x?whatever=1&whatever=%zz").status_code == 200


def test_gateway_429_for_a_spent_budget_or_403_where_the_gateway_knows_no_429(api, clock, problem):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 1, 60))
    assert gate(api, token).status_code == 200
    clock.forward(7)
    answer = gate(api, token)
    assert (answer.status_code, answer.headers["marzipan-status"]) == (429, "429")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    problem(answer, 429, "TOO_MANY_REQUESTS")
    assert "www-authenticate" not in answer.headers
    assert answer.json()["error_code"] == "VERIFICATION_ERROR_RATE_LIMITED"
    answer = gate(api, token, "/v1/verify?deny_as=403")
    assert (answer.status_code, answer.headers["marzipan-status"]) == (403, "429")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert gate(api, "junk", "/v1/verify?deny_as=403").status_code == 401


@pytest.mark.parametrize(
    "query",
    ["scopes=a", "x=1", "scope=a&scope=b", "tool=%FF", "tool=%zz", "scope=", "scope=+", "audience="]
    + ["tool=", "resource", "deny_as=", "deny_as=401", "scope=a&audience="]
    + ["scope=" + "+".join(["a"] * 33)],
)
def test_gateway_400_for_a_query_it_does_not_know_since_a_misspelt_one_would_require_nothing(
    api, problem, query
):
    _, secret = api.issue()
    problem(gate(api, secret, f"/v1/verify?{query}"), 400, "BAD_REQUEST")


def test_gateway_503_where_the_database_is_needed_and_cannot_be_reached(api, problem, monkeypatch):
    _, secret = api.issue()

    async def fail(*_):
        raise StoreUnavailable("gone")

    monkeypatch.setattr(api.node.store, "get", fail)
    problem(gate(api, secret), 503, "SERVICE_UNAVAILABLE")
    monkeypatch.undo()
    token = api.narrow(secret, Budget("calls", 5, 60))
    assert gate(api, token).status_code == 200
    monkeypatch.setattr(api.node.store, "debit", fail)
    problem(gate(api, token), 503, "SERVICE_UNAVAILABLE")
    assert gate(api, secret).status_code == 200  # all that it needs is in memory
