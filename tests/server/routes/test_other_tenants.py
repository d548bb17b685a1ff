"""What is of another tenant is told as what is nowhere: on each route, by key, id and page token.

The other tenant is the one in which the admin keys live, which every installation has.
"""

from server.keyids import key_id_text
from tests.server.routes.every import ABSENT, asks, send
from tests.server.routes.paths import (
    ATTENUATE,
    AUDIT,
    BATCH_REVOKE,
    IMPORTED,
    INSPECT,
    ISSUED,
    OAUTH_REVOKE,
    REVOKE,
)


def alike(api, calls, theirs, absent, but=()):
    """All of both answers; and what the store was asked, but where the routes are `but`."""
    assert send(api, "GET", ISSUED).status == 200  # the caller's own record is in memory
    compared = 0
    for there, nowhere in zip(asks(api, theirs), asks(api, absent), strict=True):
        if (there.path, there.body) == (nowhere.path, nowhere.body) or there.path in but:
            continue
        told = []
        for each in (there, nowhere):
            calls.clear()
            told.append((send(api, each.method, each.path, each.body), tuple(calls)))
        assert told[0] == told[1], there.path
        compared += 1
    return compared


def test_an_id_of_an_admin_key_is_told_as_one_that_is_nowhere(api, calls):
    theirs = key_id_text(api.initialised.admin_key_id)
    assert alike(api, calls, ABSENT._replace(issued=theirs, imported=theirs), ABSENT) >= 8
    assert send(api, "GET", ISSUED).status == 200  # and it lives


def test_an_admin_key_as_a_credential_is_told_as_a_forged_one(api, forge, calls):
    second = api.admin_key("marzipan:admin")
    assert api.call("GET", "/v1/revocations", key=second).status_code == 403
    theirs, absent = (ABSENT._replace(credential=key) for key in (second, forge.tail(second)))
    # Whoever holds an admin key may end it; the others read aloud what is in the token.
    but = (REVOKE, BATCH_REVOKE, OAUTH_REVOKE, ATTENUATE, INSPECT)
    assert alike(api, calls, theirs, absent, but) >= 5
    gate = [send(api, "GET", "/v1/verify", key=key) for key in (second, forge.tail(second))]
    assert gate[0] == gate[1] and gate[0].status == 401


def test_no_listing_shows_what_is_the_other_tenants(api, subject):
    theirs = key_id_text(api.initialised.admin_key_id)
    raw = api.initialised.admin_key_id.hex()
    for ask in asks(api, subject):
        if ask.method == "GET" and ask.path not in (AUDIT, f"{AUDIT}/heads"):
            body = send(api, ask.method, ask.path).body.decode()
            assert theirs not in body and raw not in body, ask.path


def test_a_page_token_of_the_other_tenant_is_refused_as_the_compatible_api_has_it(api, problem):
    """400 for both; the message alone says network mismatch where the house is the same."""
    pager, system, served = api.node.pager, api.node.system.name, api.node.tenant.name
    listings = [ISSUED, IMPORTED, AUDIT]
    for path in listings:
        for _ in range(2):
            api.issue()
        foreign = pager.token(bytes(16), tenant=system, listing="audit")
        for token in (foreign, foreign[:-4] + "AAAA", "A" * 70):
            answer = api.call("GET", f"{path}?page_token={token}")
            assert problem(answer, 400, "BAD_REQUEST")["metadata"]["field"] == "page_token"
        own = pager.token(bytes(24), tenant=served, listing="another listing")
        problem(api.call("GET", f"{path}?page_token={own}"), 400, "BAD_REQUEST")


def test_an_imported_key_is_of_no_use_to_the_tenant_of_the_admin_keys(api, subject):
    answer = send(api, "GET", ISSUED, key=subject.raw_key)
    assert answer == send(api, "GET", ISSUED, key="never imported") and answer.status == 401
