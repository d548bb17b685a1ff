"""What is one tenant's is to another what is nowhere: on every route, by every id and credential.

The requests are made from the route table: a new route is asked with no change here.
"""

import pytest

from server.auth import Admission
from tests.server.api.conftest import IMPORTED, ISSUED
from tests.server.routes.every import ABSENT, asks, send
from tests.server.routes.paths import ATTENUATE, AUDIT, EXPLAIN, INSPECT

# They say to whoever holds a token what stands in it, verify nothing and look nothing up.
READ_ALOUD = (ATTENUATE, INSPECT)
KINDS = (
    *("a key", "a public key", "a grant", "a narrowed key", "a narrowed grant", "a sealed key"),
    *("a JWT", "a raw key"),
)


def alike(at, theirs, absent, but=()):
    """How many requests got the same answer for what is another's as for what is nowhere."""
    compared = 0
    for there, nowhere in zip(asks(at.api, theirs), asks(at.api, absent), strict=True):
        if (there.path, there.body) == (nowhere.path, nowhere.body) or there.path in but:
            continue
        told, none = (
            send(at.api, each.method, at.base + each.path, each.body) for each in (there, nowhere)
        )
        assert told == none, there.operation
        compared += 1
    return compared


def test_every_id_of_another_tenant_is_told_as_one_that_is_nowhere(globex, acme, owned):
    theirs = ABSENT._replace(issued=owned.issued, imported=owned.imported)
    assert alike(globex, theirs, ABSENT) >= 14
    crossed = ABSENT._replace(issued=owned.imported, imported=owned.issued)
    assert alike(globex, crossed, ABSENT) >= 14
    owned.alive(acme)


@pytest.mark.parametrize("kind", KINDS)
def test_every_credential_of_another_tenant_is_told_as_one_that_nobody_made(
    globex, acme, owned, kind
):
    assert tuple(owned.credentials) == KINDS
    theirs, forged = (ABSENT._replace(credential=one) for one in owned.credentials[kind])
    # Whether the house signed a JWT anybody may see by the public keys; explain says it.
    but = (*READ_ALOUD, EXPLAIN) if kind == "a JWT" else READ_ALOUD
    assert alike(globex, theirs, forged, but) >= 9
    gate = [
        send(globex.api, "GET", f"{globex.base}/v1/verify", key=one)
        for one in owned.credentials[kind]
    ]
    assert gate[0] == gate[1] and gate[0].status == 401
    owned.alive(acme)


@pytest.mark.parametrize("kind", KINDS)
def test_no_credential_of_another_tenant_opens_an_admin_route(globex, owned, kind):
    asked = 0
    for ask in asks(globex.api):
        if isinstance(ask.route.admit, Admission):
            theirs, forged = (
                send(globex.api, ask.method, globex.base + ask.path, ask.body, key=one)
                for one in owned.credentials[kind]
            )
            assert theirs == forged and theirs.status == 401, ask.operation
            asked += 1
    assert asked > 20


def test_an_actor_revoked_in_one_tenant_lives_in_the_other(globex, acme, owned):
    _, secret = globex.issue(actor_id="owner")
    told = globex.call(
        "POST", "/v1/actors/owner:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"}
    )
    assert told.status_code == 200 and told.json()["revoked_keys"] == 1
    assert globex.code(secret) == "REVOKED"
    owned.alive(acme)


def test_no_listing_and_no_audit_shows_what_is_the_other_tenants(globex, acme, owned):
    for ask in asks(globex.api):
        if ask.method == "GET":
            body = send(globex.api, "GET", globex.base + ask.path).body.decode()
            assert owned.issued not in body and owned.imported not in body, ask.path
    rows = acme.call("GET", AUDIT).json()["audit"]
    assert owned.issued in [row["target"] for row in rows]


def test_a_page_token_of_another_tenant_is_refused(globex, acme):
    for at in (acme, globex):
        for _ in range(3):
            at.issue()
            at.import_key(f"raw {at.name} {_}")
    for path, query in (
        (ISSUED, "page_size=1"),
        (IMPORTED, "page_size=1"),
        (AUDIT, "page_size=1"),
        ("/v1/keys", "page_size=1"),
    ):
        token = acme.call("GET", f"{path}?{query}").json()["next_page_token"]
        assert token, path
        assert acme.call("GET", f"{path}?{query}&page_token={token}").status_code == 200
        refused = globex.call("GET", f"{path}?{query}&page_token={token}")
        assert refused.status_code == 400 and "page_token" in refused.text, path


def test_a_request_id_used_in_one_tenant_is_free_in_the_other(globex, acme):
    body = {"name": "once", "request_id": "00000000-0000-4000-8000-00000000000a"}
    made = [at.call("POST", ISSUED, body).json() for at in (acme, globex, acme)]
    ids = [each["issued_api_key"]["key_id"] for each in made]
    assert ids[0] == ids[2] != ids[1]
    assert made[0]["secret"] and made[1]["secret"] and not made[2].get("secret")


def test_the_same_raw_key_may_be_imported_by_both_and_each_ends_its_own(globex, acme):
    theirs, ours = acme.import_key("the same raw key"), globex.import_key("the same raw key")
    assert theirs != ours
    assert acme.call("DELETE", f"{IMPORTED}/{theirs}").status_code == 204
    assert acme.code("the same raw key") == "NOT_FOUND"
    assert globex.code("the same raw key") == "ok"


def test_a_verify_is_counted_as_a_use_in_its_tenant_alone(globex, acme, owned):
    assert acme.code(owned.secret) == "ok" and globex.code(owned.secret) == "NOT_FOUND"
    assert {tenant for tenant, _ in acme.api.node.uses} <= {"acme", "marzipan"}


def test_the_verify_of_one_tenant_is_no_answer_of_the_others_cache(globex, acme, owned):
    for _ in range(2):
        assert acme.code(owned.secret) == acme.code("a raw key of acme") == "ok"
        assert globex.code(owned.secret) == globex.code("a raw key of acme") == "NOT_FOUND"
