"""Whose request it is: by host, else by path, and nobody's where neither names a tenant."""

import pytest

from engine.caveats import Http
from tests.server.api.conftest import ISSUED
from tests.server.routes.every import send
from tests.server.tenants.conftest import CONFIG, At

METADATA = "/.well-known/oauth-authorization-server"
ISSUER = {"acme": "https://keys.example/t/acme", "globex": "https://keys.example/t/globex"}


def asked(api, path=METADATA, host=b"127.0.0.1:4420", key=None, more=()):
    return send(api, "GET", path, key=key, headers=((b"host", host), *more))


def whose(api, path=METADATA, host=b"127.0.0.1:4420", more=()):
    """The tenant that answers, or the status where none does."""
    answer = asked(api, path, host, more=more)
    if answer.status != 200:
        return answer.status
    return next(name for name, issuer in ISSUER.items() if f'"{issuer}"'.encode() in answer.body)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"acme.example", "acme"),
        (b"ACME.Example", "acme"),
        (b"acme.example.", "acme"),
        (b"Acme.example.:4420", "acme"),
        (b"acme.example:", "acme"),
        (b"xn--acm-dma.example", "acme"),
        (b"globex.example:65535", "globex"),
        (b"[2001:db8::1]", "globex"),
        (b"[2001:DB8:0:0::1]:4420", "globex"),
        (b"evil.acme.example", 404),
        (b"acme.example.evil", 404),
        (b"acme.example:4420:4420", 400),
        (b"acme.example..", 400),
        (b"acme.example, globex.example", 400),
        (b"acme.example/", 400),
        (b"user@acme.example", 400),
        (b"acme.example\\@globex.example", 400),
        (b"acme.example%00", 400),
        (b" acme.example", 400),
        (b"acm\xc3\xa9.example", 400),
        (b"[2001:db8::1", 400),
        (b"[2001:db8::1%1]", 400),
        (b"a" * 256, 400),
        (b"*", 400),
        (b"", 404),
    ],
)
def test_a_host_names_a_tenant_in_every_spelling_of_it_and_no_other(api, host, name):
    assert whose(api, host=host) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/t/acme" + METADATA, "acme"),
        ("/t/globex" + METADATA, "globex"),
        (METADATA + "/t/acme", "acme"),
        (METADATA, 404),
        (METADATA + "/t", 404),
        (METADATA + "/t/acmex", 404),
        (METADATA + "/t/acme/", 404),
        ("/t/acme", 404),
        ("/t/acme/", 404),
        ("/t/acmex" + METADATA, 404),
        ("/t/acm" + METADATA, 404),
        ("/T/acme" + METADATA, 404),
        ("/t/ACME" + METADATA, 404),
        ("/t/%61cme" + METADATA, 404),
        ("/t%2Facme" + METADATA, 404),
        ("//t/acme" + METADATA, 404),
        ("/t//acme" + METADATA, 404),
        ("/t/acme/" + METADATA, 404),
        ("/./t/acme" + METADATA, 404),
        ("/t/./acme" + METADATA, 404),
        ("/t/acme/../globex" + METADATA, 404),
        ("/t/acme/%2e%2e/globex" + METADATA, 404),
        ("/t/acme/..%2Fglobex" + METADATA, 404),
        ("/t/acme/t/globex" + METADATA, 404),
        ("/t/acme;x" + METADATA, 404),
        ("/t\\acme" + METADATA, 404),
        ("/x/../t/acme" + METADATA, 404),
    ],
)
def test_a_path_names_a_tenant_as_it_was_sent_and_by_whole_segments(api, path, name):
    assert whose(api, path) == name


def test_a_host_of_one_tenant_is_no_way_to_the_path_of_another(api):
    assert whose(api, METADATA, b"acme.example") == "acme"
    assert whose(api, "/t/globex" + METADATA, b"acme.example") == 404
    assert whose(api, "/t/acme" + METADATA, b"acme.example") == 404
    assert whose(api, METADATA + "/t/globex", b"acme.example") == 404


def test_two_host_headers_name_nobody(api):
    for second in (b"globex.example", b"acme.example", b""):
        more = ((b"host", second),)
        assert asked(api, host=b"acme.example", more=more).status == 400


def test_nobodys_request_learns_nothing_but_whether_the_server_is_up(api, problem):
    nowhere = asked(api, "/nowhere", key="")
    assert nowhere.status == 404
    for path in (ISSUED, "/v1/verify", "/openapi.json", "/version", "/t/initech" + ISSUED):
        assert asked(api, path, key="") == asked(api, path, b"initech.example", key="") == nowhere
    for path in ("/health/alive", "/health/ready"):
        assert asked(api, path).status == 200
        assert asked(api, "/t/acme" + path).status == 200
    problem(api.call("GET", "/nowhere"), 404, "NOT_FOUND")


def test_one_tenant_may_be_whoever_no_other_is_named(open_api, config):
    text = '[tenants.default]\nhosts = ["*"]\n[tenants.acme]\nhosts = ["acme.example"]\n'
    api = open_api(config=config(text + 'path = "/t/acme"'))
    for host, path, tenant in (
        (b"any.example", "", "default"),
        (b"", "", "default"),
        (b"acme.example", "", "acme"),
        (b"any.example", "/t/acme", "acme"),
    ):
        made = send(
            api, "POST", path + ISSUED, {"name": "x"}, headers=((b"host", host),) if host else ()
        )
        assert made.status == 201
        assert api.run(api.node.store.audit(tenant, limit=1))[0].action == "key.issue"
    assert asked(api, ISSUED, b"a.example, acme.example", key="").status == 400


PROXY = {"trusted_proxies": "127.0.0.1"}


def forwarded(host):
    return ((b"x-forwarded-host", host), (b"x-forwarded-for", b"192.0.2.1"))


@pytest.mark.parametrize("flags", [{}, PROXY, {"trust_forwarded_host": "true"}])
def test_a_forwarded_host_counts_for_nothing_unless_a_proxy_is_trusted_with_it(
    open_api, config, flags
):
    api = open_api(config=config(CONFIG), **flags)
    more = forwarded(b"acme.example")
    assert whose(api, more=more) == 404
    assert whose(api, host=b"globex.example", more=more) == "globex"
    assert whose(api, "/t/globex" + METADATA, more=more) == "globex"


def test_a_proxy_that_is_trusted_with_it_says_the_host(open_api, config):
    api = open_api(config=config(CONFIG), trust_forwarded_host="true", **PROXY)
    assert whose(api, host=b"globex.example", more=forwarded(b"acme.example:443")) == "acme"
    assert whose(api, host=b"globex.example") == "globex"
    both = forwarded(b"evil.example, acme.example")
    assert asked(api, host=b"acme.example", more=both).status == 400
    assert whose(api, host=b"acme.example", more=forwarded(b"evil.example")) == 404
    elsewhere = api.call(
        "GET", METADATA, key=None, peer="192.0.2.9", headers={"x-forwarded-host": "acme.example"}
    )
    assert elsewhere.status_code == 404


def test_routes_see_the_path_behind_what_named_the_tenant(acme, owned):
    made = acme.call("POST", ISSUED, {"name": "x"})
    assert made.headers["location"].startswith(f"/t/acme{ISSUED}/")
    assert acme.api.call("GET", made.headers["location"]).json()["name"] == "x"
    host = send(acme.api, "POST", ISSUED, {}, headers=((b"host", b"acme.example"),))
    assert dict(host.headers)[b"location"].startswith(ISSUED.encode())


def test_the_gateway_judges_the_original_path_without_the_tenants(open_api, config):
    api = open_api(config=config(CONFIG), **PROXY)
    acme = At(api, "acme")
    _, secret = acme.issue()
    key = api.narrow(secret, Http(["GET"], ["/orders/*"]))
    how = {"key": key, "headers": {"x-forwarded-for": "192.0.2.1"}}
    assert acme.call("GET", "/v1/verify/orders/7", **how).status_code == 200
    assert acme.call("GET", "/v1/verify/t/acme/orders/7", **how).status_code == 403
    assert acme.call("GET", "/v1/verify/orders/../users", **how).status_code == 403
