"""Server metadata by RFC 8414 names endpoints that are there."""

import pytest

METADATA = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize("issuer", ["https://keys.example", "https://keys.example/"])
@pytest.mark.parametrize("surface", ["all", "admin", "public"])
def test_the_endpoints_are_those_under_the_issuer(open_api, issuer, surface):
    api = open_api(issuer=issuer, surface=surface)
    answer = api.call("GET", METADATA, key=None)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json() == {
        "issuer": issuer,
        "token_endpoint": "https://keys.example/v1/oauth2/token",
        "introspection_endpoint": "https://keys.example/v1/oauth2/introspect",
        "revocation_endpoint": "https://keys.example/v1/oauth2/revoke",
        "jwks_uri": "https://keys.example/.well-known/jwks.json",
        "response_types_supported": [],
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:token-exchange"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "revocation_endpoint_auth_methods_supported": ["none"],
    }


def test_every_endpoint_that_is_named_answers(api):
    told = api.call("GET", METADATA, key=None).json()
    assert told["issuer"] == api.settings.issuer
    for name, url in told.items():
        if name.endswith(("_endpoint", "_uri")):
            path = url.removeprefix(api.settings.issuer)
            method = "GET" if name == "jwks_uri" else "POST"
            assert api.call(method, path).status_code in (200, 400), name


def test_the_path_of_an_issuer_is_that_of_its_endpoints(open_api):
    api = open_api(issuer="https://example.com/keys")
    told = api.call("GET", METADATA, key=None).json()
    assert told["issuer"] == "https://example.com/keys"
    assert told["token_endpoint"] == "https://example.com/keys/v1/oauth2/token"
