"""The hot road says what the ordinary one says, in the same bytes, or leaves it to that one."""

import json

import pytest

from engine import caveats, inspect, seal
from server import adminkeys
from server.auth import ADMIN, VERIFY
from server.binding import audience_of

CONFIG = """
issuer = "https://keys.example"
[tenants.acme]
hosts = ["acme.example"]
path = "/t/acme"
[tenants.globex]
hosts = ["globex.example"]
path = "/t/globex"
"""


def test_what_is_good_is_answered_at_once_and_as_the_ordinary_road_does(both):
    api = both.api
    _, secret = api.issue(scopes=["a:*", "b"], actor_id="owner", metadata={"plan": "gold"})
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    grant = api.derive(secret, scopes=["b"], custom_claims={"who": 1})
    good = {
        "a key": secret,
        "a publishable key": public,
        "a derived token": grant,
        "a narrowed key": api.narrow(secret, caveats.Scopes(("a:x",))),
        "a narrowed token": api.narrow(grant, caveats.Delegate("helper")),
        "a sealed key": seal(api.narrow(secret)),
        "a sealed token": seal(grant),
    }
    for what, credential in good.items():
        assert b'"is_valid":true' in both.at_once(both.request(credential)), what


def test_what_is_refused_is_refused_in_the_same_bytes_and_by_a_handler(both, forge):
    api = both.api
    key_id, secret = api.issue()
    grant = api.derive(secret)
    gone_id, gone = api.issue()
    revoke = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    api.call("POST", f"/v2alpha1/admin/issuedApiKeys/{gone_id}:revoke", revoke)
    idle_id, idle = api.issue()
    assert api.call("POST", f"/v1/keys/{idle_id}:suspend", {}).status_code == 200
    _, brief = api.issue(ttl="60s")
    bad = {
        "revoked": gone,
        "suspended": idle,
        "a wrong MAC": forge.tail(secret),
        "a wrong MAC of a grant": forge.tail(grant),
        "unknown": forge.unknown(api),
        "foreign": forge.foreign(),
        "an expired caveat": api.narrow(secret, caveats.Window(0, 1)),
        "an unmet caveat": api.narrow(secret, caveats.Scopes(("x",)), caveats.Tools(("t",))),
        "cut": secret[:-3],
        "a grant's prefix on a key": forge.prefix(secret, "mz_mc"),
        "no token": "mz_ak_",
        "empty": "",
        "never imported": "whatever",
        "far too long": "mz_ak_" + "a" * 9000,
        "expired": brief,
    }
    api.clock.forward(3600)
    unread = ("unknown", "foreign", "no token", "never imported", "cut")
    for what, credential in bad.items():
        ask = both.same if what in unread else both.handled_at_once
        told = ask(both.request(credential))
        assert b'"is_valid":false' in told or b" 400 " in told, what
    assert both.answered == 0


def test_what_is_not_native_or_is_counted_takes_the_ordinary_road(both):
    api = both.api
    _, secret = api.issue()
    api.import_key("raw-key-of-another-system")
    jwt = api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT")
    budget = api.narrow(secret, caveats.Budget("calls", 100, 3600))
    for credential in (jwt, "raw-key-of-another-system", budget):
        told = both.same(both.request(credential))
        assert b" 200 " in told
    assert b'"is_valid":true' in both.same(both.request(jwt))
    policy = {"rate_limit_policy": {"quota": "100", "window": "60s"}}
    _, limited = api.issue(**policy)
    derived = api.derive(limited)
    left = []
    for credential in (limited, derived, api.narrow(derived)):
        for road in (both.hot, both.ordinary, both.hot):
            body = road(both.request(credential)).split(b"\r\n\r\n")[1]
            left.append(int(json.loads(body.partition(b"HTTP/1.1")[0])["rate_limit_remaining"]))
    assert left == list(range(99, 90, -1))
    assert both.answered == 0 and both.handled > 0


def test_a_spent_budget_is_refused_on_either_road(both):
    _, secret = both.api.issue()
    token = both.api.narrow(secret, caveats.Budget("calls", 1, 3600))
    assert b'"is_valid":true' in both.hot(both.request(token))
    assert b"RATE_LIMITED" in both.same(both.request(token))


def test_the_client_address_is_judged_alike_from_whatever_peer(open_both, tmp_path):
    for proxies in ("", "127.0.0.1"):
        flags = {"trusted_proxies": proxies} if proxies else {}
        both = open_both(name=f"of-{proxies or 'nobody'}", **flags)
        near = {"ip_restriction": {"allowed_cidrs": ["127.0.0.0/8"]}}
        far = {"ip_restriction": {"allowed_cidrs": ["192.0.2.0/24"]}}
        requests = []
        for wish in (near, far):
            _, secret = both.api.issue(**wish)
            made = (both.api.derive(secret),) if wish is near and not proxies else ()
            for credential in (secret, both.api.narrow(secret), *made):
                for value in ("192.0.2.1", "127.0.0.1", "198.51.100.1, 192.0.2.7", "x", ""):
                    line = f"x-forwarded-for: {value}"
                    requests.append(both.request(credential, line))
                requests.append(both.request(credential))
        told = {both.same(request) for request in requests}
        assert len(told) > 2
        assert both.answered > 0


def test_admin_keys_are_judged_alike(both, forge):
    api = both.api
    _, secret = api.issue()
    verifier = api.admin_key(VERIFY)
    good = [
        verifier,
        api.narrow(verifier),
        api.narrow(verifier, caveats.Audience((audience_of("default"),))),
        api.narrow(verifier, caveats.Http(("POST",), ("/v2alpha1/*",))),
        api.narrow(verifier, caveats.Network((b"\x7f\0\0\0\x08",))),
    ]
    for admin in good:
        both.at_once(both.request(secret, key=admin))
    before = both.answered
    gone = api.admin_key(VERIFY)
    api.run(adminkeys.revoke(api.node, inspect(gone).unverified_header.key_id, 1))
    bad = [
        None,
        "",
        gone,
        "x",
        secret,
        api.derive(secret),
        forge.tail(verifier),
        forge.unknown(api),
        api.admin_key(ADMIN),
        api.narrow(verifier, caveats.Audience((audience_of("other"),))),
        api.narrow(verifier, caveats.Http(("GET",), ("/*",))),
        api.narrow(verifier, caveats.Network((b"\x0a\0\0\0\x08",))),
        api.narrow(verifier, caveats.Scopes(("marzipan:read",))),
        api.narrow(verifier, caveats.Window(0, 1)),
        "é",
    ]
    for admin in bad:
        head = both.request(secret, key=admin) if admin != "" else both.request(secret, key=" ")
        told = both.same(head)
        assert b" 401 " in told or b" 403 " in told, admin
    spent = api.narrow(verifier, caveats.Budget("calls", 6, 3600))
    assert b" 200 " in both.same(both.request(secret, key=spent))
    assert b" 429 " in both.same(both.request(secret, key=spent))
    assert both.answered == before


def test_odd_json_is_read_alike(both):
    _, secret = both.api.issue()
    text = secret.encode()
    plain = b'{"credential":"%s"}' % text
    for body in (plain, b' {\t"credential" :\r\n"%s" }\n' % text):
        both.at_once(both.request(body))
    before = both.answered
    odd = [
        b"",
        b"{}",
        b"null",
        b"[]",
        b'"%s"' % text,
        b"\xef\xbb\xbf" + plain,
        plain + b"x",
        plain + b"\0",
        b"\x0b" + plain,
        plain * 2,
        plain[:-1],
        plain[:-2],
        b'{"credential":"%s","credential":"x"}' % text,
        b'{"credential":"x","credential":"%s"}' % text,
        b'{"credential":"%s",}' % text,
        b'{"credential":"%s","more":1}' % text,
        b'{"credential":"%s","expected_audiences":["a"]}' % text,
        b'{"credential":"%s","context":{"scopes":["x"]}}' % text,
        b'{"credential":"%s","min_revision":"0.1"}' % text,
        b'{"credential":"\\u006d%s"}' % text[1:],
        b'{"\\u0063redential":"%s"}' % text,
        b'{"Credential":"%s"}' % text,
        b'{"credential":"%s "}' % text,
        b'{"credential":"%s\n"}' % text,
        b'{"credential":"%s\xff"}' % text,
        b'{"credential":null}',
        b'{"credential":1}',
        b"{'credential':'%s'}" % text,
    ]
    for body in odd:
        both.same(both.request(body))
    # Only the one with a field that nobody knows is as good as the plain one.
    assert both.answered == before + 3


@pytest.mark.parametrize(
    "lines",
    [
        ("content-encoding: gzip",),
        ("content-encoding: identity",),
        ("expect: 100-continue",),
        ("expect: something",),
        ("connection: close",),
        ("connection: keep-alive",),
        ("connection: upgrade", "upgrade: h2c"),
        ("x-request-id: again",),
        ("x-forwarded-for: 192.0.2.1", "x-forwarded-for: 192.0.2.2"),
        ("authorization: Bearer x",),
        ("content-type: text/plain",),
        ("origin: https://elsewhere.example",),
        ("accept: text/html", "cookie: a=b"),
        tuple(f"x-{number}: a" for number in range(90)),
        tuple(f"x-{number}: a" for number in range(500)),
        ("x-large: " + "a" * 20_000,),
        ("x-large: " + "a" * 70_000,),
        ("x-\x80: a",),
        ("content-length: 1",),
        ("transfer-encoding: chunked",),
    ],
    ids=lambda lines: lines[0][:30] + f"*{len(lines)}",
)
def test_odd_headers_are_read_alike(both, lines):
    _, secret = both.api.issue()
    both.same(both.request(secret))
    both.same(both.request(secret, *lines))


def test_odd_request_lines_and_framing_are_read_alike(both):
    _, secret = both.api.issue()
    plain = both.request(secret)
    both.same(plain)
    targets = [
        "http://mz/v2alpha1/admin/apiKeys:verify",
        "/v2alpha1/admin/apiKeys:verify?x=1",
        "/v2alpha1/admin/apiKeys:verify?",
        "/v2alpha1/admin/apiKeys:verify#x",
        "/v2alpha1/admin/apiKeys%3Averify",
        "//v2alpha1/admin/apiKeys:verify",
        "/x/v2alpha1/admin/apiKeys:verify",
        "/?/v2alpha1/admin/apiKeys:verify",
        "/v2alpha1/admin/apiKeys:verify/",
    ]
    for target in targets:
        both.same(both.request(secret, target=target))
    for change in (
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"HTTP/1.1", b"HTTP/2.0"),
        (b"POST", b"GET"),
        (b"POST", b"PUT"),
        (b"POST", b"post"),
        (b"POST", b"\r\n\r\nPOST"),
        (b"host: mz\r\n", b""),
        (b"host: mz", b"host : mz"),
        (b"host: mz", b" host: mz"),
        (b"\r\n", b"\n"),
        (b"Bearer ", b"bearer  "),
        (b"Bearer ", b"Bearer\t"),
        (b"x-request-id: same", b"x-request-id: not fit"),
        (b"x-request-id: same", b"X-Request-ID:same"),
        (b"x-request-id: same", b"x-request-id: " + b"a" * 129),
    ):
        both.same(plain.replace(*change))
    for length in (0, 1, len(secret), len(secret) + 17, len(secret) + 40, "+9", "0x1", "", 10**30):
        both.same(both.request(secret, length=length))
    body = json.dumps({"credential": secret}).encode()
    head = both.head("transfer-encoding: chunked", length=0).replace(b"content-length: 0\r\n", b"")
    both.same(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    both.same(head + b"0\r\n\r\n")


def test_tenants_by_host_and_by_path_are_told_apart(open_both, tmp_path):
    file = tmp_path / "tenants.toml"
    file.write_text(CONFIG)
    both = open_both(config=str(file))
    api = both.api
    secrets = {}
    for name in ("acme", "globex"):
        told = api.call("POST", f"/t/{name}/v2alpha1/admin/issuedApiKeys", {"actor_id": name})
        secrets[name] = told.json()["secret"]
    bound = api.narrow(api.admin, caveats.Audience((audience_of("acme"),)))
    path = "/v2alpha1/admin/apiKeys:verify"
    for owner, secret in secrets.items():
        for key in ("", bound):
            for asked in ("acme", "globex"):
                below = both.request(secret, target=f"/t/{asked}{path}", key=key)
                hosted = both.request(secret, key=key).replace(
                    b"host: mz", f"host: {asked}.example".encode()
                )
                for request in (below, hosted):
                    told = both.same(request)
                    valid = b'"is_valid":true' in told
                    assert valid is (owner == asked and (not key or asked == "acme"))
        both.same(both.request(secret))
        both.same(both.request(secret, target=f"/t/nobody{path}"))
        both.same(both.request(secret, target=f"/t/acme/t/acme{path}"))
    assert both.answered > 0
