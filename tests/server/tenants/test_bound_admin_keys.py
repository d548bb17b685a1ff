"""An admin key for one tenant gets on the routes of another what an unknown key gets."""

import pytest

from engine import attenuate, cidr
from engine.caveats import Audience, Budget, Http, Network, Scopes
from server import adminkeys
from server.auth import SCOPES, Admission
from server.binding import audience_of
from server.keys import NewKey
from server.problems import Problem
from tests.server.api.conftest import ISSUED
from tests.server.routes.every import asks, send
from tests.server.routes.paths import AUDIT, BATCH_REVOKE, REVOKE


@pytest.fixture
def bound(api):
    """Makes an admin key for acme, as the command line does, with more caveats."""

    def make(*caveats, **terms):
        key = api.run(adminkeys.issue(api.node, NewKey(**terms), "acme")).text
        return attenuate(key, *caveats).text if caveats else key

    return make


def told(at, key):
    """What every admin route answers to who presents it."""
    return {
        ask.operation + ask.path: send(at.api, ask.method, at.base + ask.path, ask.body, key=key)
        for ask in asks(at.api)
        if isinstance(ask.route.admit, Admission)
    }


def test_it_administers_its_tenant(acme, bound):
    key = bound()
    assert acme.call("POST", ISSUED, {"name": "new"}, key=key).status_code == 201
    assert acme.call("GET", AUDIT, key=key).status_code == 200
    for what, answer in told(acme, key).items():
        assert b"www-authenticate" not in dict(answer.headers), what


@pytest.mark.parametrize(
    "what",
    ["live", "too small", "elsewhere", "another route", "spent", "revoked", "expired", "unknown"],
)
def test_whatever_it_is_another_tenant_tells_it_from_no_unknown_key(
    api, acme, globex, bound, forge, what
):
    key = {
        "live": bound,
        "too small": lambda: bound(Scopes(["marzipan:nothing"])),
        "elsewhere": lambda: bound(Network([cidr("192.0.2.7/32")])),
        "another route": lambda: bound(Http(["GET"], ["/elsewhere"])),
        "spent": lambda: bound(Budget("calls", 1, 60)),
        "revoked": bound,
        "expired": lambda: bound(ttl=5),
        "unknown": lambda: forge.tail(bound()),
    }[what]()
    if what == "revoked":
        assert acme.call("POST", REVOKE, {"credential": key}, key=None).status_code == 200
    if what == "expired":
        api.clock.forward(3600)
    unknown = told(globex, "no key")
    assert {answer.status for answer in unknown.values()} == {401} and len(unknown) > 20
    assert told(globex, key) == unknown


def test_another_tenants_routes_revoke_none_by_possession(acme, globex, bound, forge):
    key = bound()
    for path, body in (
        (REVOKE, lambda one: {"credential": one}),
        (BATCH_REVOKE, lambda one: {"credentials": [one]}),
    ):
        theirs, forged = (
            send(globex.api, "POST", globex.base + path, body(one), key=None)
            for one in (key, forge.tail(key))
        )
        assert theirs == forged
    assert acme.call("GET", ISSUED, key=key).status_code == 200
    assert acme.call("POST", REVOKE, {"credential": key}, key=None).status_code == 200
    assert acme.call("GET", ISSUED, key=key).status_code == 401


def test_no_caveat_widens_it(acme, globex, bound):
    for more in (Scopes(list(SCOPES)), Audience([audience_of("globex")])):
        key = bound(more)
        assert globex.call("GET", ISSUED, key=key).status_code == 401
    assert acme.call("GET", ISSUED, key=bound(Scopes(list(SCOPES)))).status_code == 200
    assert acme.call("GET", ISSUED, key=key).status_code == 401  # two lists, nothing in both


def test_one_for_all_tenants_is_bound_offline_by_whoever_has_it(api, acme, globex):
    for at in (acme, globex):
        assert at.call("GET", ISSUED).status_code == 200
    key = attenuate(api.admin, Audience([audience_of("globex")])).text
    assert globex.call("GET", ISSUED, key=key).status_code == 200
    assert acme.call("GET", ISSUED, key=key).status_code == 401


def test_the_audit_of_the_admin_keys_is_not_for_whoever_administers_one_tenant(
    acme, bound, problem
):
    assert acme.call("GET", f"{AUDIT}?tenant=marzipan").status_code == 200
    key = bound()
    refused = problem(acme.call("GET", f"{AUDIT}?tenant=marzipan", key=key), 400)
    other = problem(acme.call("GET", f"{AUDIT}?tenant=globex", key=key), 400)
    assert refused == other
    assert acme.call("GET", f"{AUDIT}?tenant=acme", key=key).status_code == 200


def test_none_is_issued_for_a_tenant_that_is_not_there(api):
    with pytest.raises(Problem, match="tenant must be among acme, globex"):
        api.run(adminkeys.issue(api.node, NewKey(), "elsewhere"))


def test_one_of_a_server_of_one_tenant_is_good_there_and_on_no_other(open_api, acme, bound):
    alone = open_api("alone", tenant="acme")
    key = alone.run(adminkeys.issue(alone.node, NewKey(), "acme")).text
    assert alone.call("GET", ISSUED, key=key).status_code == 200
    alone.reopen(tenant="other")
    assert alone.call("GET", ISSUED, key=key).status_code == 401
    assert alone.call("GET", ISSUED).status_code == 200
