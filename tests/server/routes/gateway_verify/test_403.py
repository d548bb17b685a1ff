"""/v1/verify, 403: a credential that may not."""

from engine.caveats import Audience, Http, Network, Resource, Scopes, Tools
from engine.networks import cidr
from tests.server.routes.gateway_verify.asking import PROXY, STRANGER, gate


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
