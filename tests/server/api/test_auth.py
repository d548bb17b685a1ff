"""Admin routes: who gets in, and what the rest is told."""

import pytest

from engine.caveats import Budget, Http, Network, Scopes
from engine.networks import cidr
from server.app import _admin

ISSUED = "/v2alpha1/admin/issuedApiKeys"
SCOPES = ("marzipan:admin", "marzipan:verify", "marzipan:read")


def routes(api):
    for route in _admin(api.node, api.node.tenant):
        yield (
            route.method,
            route.template.replace("{key_id}", "0" * 8 + "-0000-0000-0000-" + "0" * 12),
        )


def test_every_admin_route_401_without_a_credential_or_with_a_wrong_one(api, problem, forge):
    _, ordinary = api.issue(scopes=["*"])
    wrong = [None, "x", ordinary, api.derive(ordinary), api.narrow(ordinary), forge.tail(api.admin)]
    for method, path in routes(api):
        for key in wrong:
            answer = api.call(method, path, {}, key=key)
            problem(answer, 401, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"].startswith('Bearer realm="marzipan"')
    basic = api.call("GET", ISSUED, headers={"Authorization": f"Basic {api.admin}"})
    problem(basic, 401)


@pytest.mark.parametrize("held", SCOPES)
def test_each_route_needs_its_one_scope(api, held, problem):
    key = api.admin_key(held)
    needed = {"GET": "marzipan:read"}
    for method, path in routes(api):
        verify = path.endswith(("erify", ":explain"))
        scope = "marzipan:verify" if verify else needed.get(method, "marzipan:admin")
        answer = api.call(method, path, {}, key=key)
        if scope == held:
            assert answer.status_code not in (401, 403), (method, path, answer.text)
        else:
            problem(answer, 403, "FORBIDDEN")


def test_a_narrowed_admin_key_works_within_its_caveats_only(api, problem):
    reader = api.narrow(api.admin, Scopes(["marzipan:read"]))
    assert api.call("GET", ISSUED, key=reader).status_code == 200
    problem(api.call("POST", ISSUED, {}, key=reader), 403)
    elsewhere = api.narrow(api.admin, Network([cidr("192.0.2.0/24")]))
    problem(api.call("GET", ISSUED, key=elsewhere), 403)
    listing = api.narrow(api.admin, Http(["GET"], [ISSUED]))
    assert api.call("GET", ISSUED, key=listing).status_code == 200
    problem(api.call("POST", ISSUED, {}, key=listing), 403)


def test_no_grant_authorises_an_admin_route_whatever_it_says(api, problem):
    node = api.node
    minted = node.system.keys.mint_grant(
        b"K" * 16,
        key_issued_at=node.now(),
        now=node.now(),
        expires_at=node.now() + 60,
        actor="",
        scopes=SCOPES,
    )
    for method, path in routes(api):
        problem(api.call(method, path, {}, key=minted.text), 403)


def test_a_revoked_admin_key_is_refused_at_the_next_request(api, problem):
    second = api.admin_key(*SCOPES)
    assert api.call("GET", ISSUED, key=second).status_code == 200
    body = {"credential": second}
    assert api.call("POST", "/v1/tokens:revoke", body, key=None).status_code == 200
    problem(api.call("GET", ISSUED, key=second), 401)
    assert api.call("GET", ISSUED).status_code == 200


def test_an_expired_admin_key_is_refused(api, clock, problem):
    clock.forward(api.settings.max_ttl)
    problem(api.call("GET", ISSUED), 401)


@pytest.mark.parametrize("surface", ["admin", "public"])
def test_a_route_that_a_process_does_not_serve_is_a_404(open_api, surface, problem):
    api = open_api(surface=surface)
    issue = api.call("POST", ISSUED, {})
    revoke = api.call("POST", "/v2alpha1/apiKeys:selfRevoke", {"credential": "x"})
    missing, served = (revoke, issue) if surface == "admin" else (issue, revoke)
    assert problem(missing, 404)["message"] == "There is nothing at this path."
    assert served.status_code == (201 if surface == "admin" else 404)
    assert api.call("GET", "/health/ready", key=None).status_code == 200


def test_without_admin_auth_everybody_is_an_administrator_and_the_audit_says_so(open_api):
    api = open_api(insecure_no_admin_auth=True)
    assert api.call("POST", ISSUED, {}, key=None).status_code == 201
    [row, *_] = api.run(api.node.store.audit("default", limit=1))
    assert (row.action, row.caller) == ("key.issue", "anonymous")


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "x/json"]
)
def test_without_admin_auth_nothing_is_taken_that_a_web_page_could_send(open_api, kind, problem):
    api = open_api(insecure_no_admin_auth=True)
    headers = {"Origin": "https://evil.example"} | ({"Content-Type": kind} if kind else {})
    for method, path in routes(api):
        if method != "GET":
            answer = api.call(method, path, b"{}", key=None, headers=headers)
            assert problem(answer, 400)["metadata"]["field"] == "header content-type"
    assert api.log() == [] and api.keys() == 1
    json = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert api.call("POST", ISSUED, b"{}", key=None, headers=json).status_code == 201
    # With a key asked for, a page has none: a body of any name is read, as the compatible API does.
    assert open_api("other").call("POST", ISSUED, b"{}", headers=headers).status_code == 201


def test_a_spent_budget_of_an_admin_key_is_a_429_that_says_when(api, clock, problem):
    key = api.narrow(api.admin, Budget("calls", 1, 60))
    assert api.call("GET", ISSUED, key=key).status_code == 200
    clock.forward(20)
    answer = api.call("GET", ISSUED, key=key)
    problem(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "40"
    dollars = api.narrow(api.admin, Budget("USD", 1, 60))  # no amount is ever stated here
    problem(api.call("GET", ISSUED, key=dollars), 403)


def test_who_proved_possession_of_a_key_is_told_why_it_opens_nothing_here(
    api, clock, problem, forge
):
    def told(key):
        return problem(api.call("GET", ISSUED, key=key), 401, "UNAUTHORIZED")["message"]

    _, ordinary = api.issue(scopes=["*"])
    assert (
        told(ordinary)
        == told(api.narrow(ordinary))
        == ("This is an ordinary key of tenant default, not an admin key.")
    )
    assert told(api.derive(ordinary)).startswith("This is an ordinary derived token of tenant")
    second, short = api.admin_key(*SCOPES), api.admin_key(*SCOPES, ttl=60)
    assert api.call("POST", "/v1/tokens:revoke", {"credential": second}, key=None).is_success
    assert told(second) == "The admin key has been revoked. Use another."
    clock.forward(60)
    assert told(short) == "The admin key expired at 2027-01-15T08:01:00Z. Use another."
    unproved = [forge.tail(api.admin), forge.tail(ordinary), forge.foreign()]
    unproved += [
        forge.tail(forge.unknown(api)),
        forge.tail(short),
        forge.tail(second),
        "junk",
        ordinary[:-1],
    ]
    assert {told(key) for key in unproved} == {"The admin key is not valid here. Use another."}
