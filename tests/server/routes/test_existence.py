"""Nobody learns from an answer what is there, unless he may read it: by no byte and no delay."""

import pytest

from engine import text
from engine.caveats import Budget, Http
from server.auth import Admission
from tests.server.routes.every import ABSENT, NOWHERE, Subject, asks, send
from tests.server.routes.paths import IMPORTED, ISSUED

MALFORMED = Subject(issued="no-uuid", imported="NO-UUID", credential="", raw_key="")


def admin_asks(api, about):
    return [ask for ask in asks(api, about) if ask.route.admit is not None]


def answers(api, calls, about, key_for):
    """By route, all of the answer, and all that the store was asked for it."""
    told = {}
    for ask in admin_asks(api, about):
        calls.clear()
        answer = send(api, ask.method, ask.path, ask.body, key=key_for(ask.route))
        told[ask.method, ask.route.template] = answer, tuple(calls)
    return told


def alike(api, calls, subject, key_for, status):
    answers(api, calls, ABSENT, key_for)  # from here on the callers' own records are in memory
    there = answers(api, calls, subject, key_for)
    for about in (ABSENT, MALFORMED):
        assert answers(api, calls, about, key_for) == there
    assert {answer.status for answer, _ in there.values()} == {status}
    assert len(there) > 20


def test_every_route_that_admits_anybody_is_asked_about_by_its_scope(api):
    for ask in admin_asks(api, ABSENT):
        assert isinstance(ask.route.admit, Admission), (
            f"{ask.method} {ask.route.template} is guarded by something new: say here who may not"
        )


@pytest.mark.parametrize(
    "who",
    [
        "nobody",
        "junk",
        "a key of the tenant",
        "a token derived from one",
        "a forged key",
        "a key of another house",
        "a revoked admin key",
    ],
)
def test_a_401_is_the_same_for_what_is_there_and_what_is_not(api, subject, strangers, calls, who):
    alike(api, calls, subject, lambda route: strangers[who], 401)


def test_a_403_for_a_scope_that_is_too_small_is_the_same(api, subject, powerless, calls):
    alike(api, calls, subject, lambda route: powerless[route.admit.scope], 403)


def test_a_403_for_a_derived_token_is_the_same(api, subject, powerless, calls):
    alike(api, calls, subject, lambda route: powerless["grant"], 403)


def test_a_403_for_a_caveat_that_is_not_met_is_the_same(api, subject, calls):
    narrow = api.narrow(api.admin, Http(["GET"], ["/elsewhere"]))
    alike(api, calls, subject, lambda route: narrow, 403)


def test_a_429_for_a_spent_budget_is_the_same(api, subject, calls):
    spent = api.narrow(api.admin, Budget("calls", 1, 60))
    assert api.call("GET", ISSUED, key=spent).status_code == 200
    alike(api, calls, subject, lambda route: spent, 429)


def test_a_key_of_the_other_kind_is_told_as_one_that_is_nowhere(api, subject, calls):
    crossed = subject._replace(issued=subject.imported, imported=subject.issued)
    for there, absent in zip(asks(api, crossed), asks(api, ABSENT), strict=True):
        if there.path != absent.path and there.path.startswith((ISSUED, IMPORTED)):
            told = []
            for each in (there, absent):
                calls.clear()
                told.append((send(api, each.method, each.path, each.body), tuple(calls)))
            assert told[0] == told[1] and told[0][0].status == 404, there.path


def test_whom_an_admin_route_does_not_know_costs_the_store_no_read(api, strangers, calls):
    for who, key in strangers.items():
        calls.clear()
        assert api.call("GET", f"{ISSUED}/{NOWHERE}", key=key).status_code == 401
        assert calls == [], who


def test_an_id_in_a_forged_admin_key_is_not_looked_up(api, forge, calls):
    prefix, data = text.decode(api.admin)
    at = data.index(api.initialised.admin_key_id)
    other = data[:at] + bytes(16) + data[at + 16 :]
    told = []
    for key in (forge.tail(api.admin), text.encode(prefix, other)):
        calls.clear()
        told.append((send(api, "GET", IMPORTED, key=key), tuple(calls)))
    assert told[0] == told[1] and told[0][0].status == 401 and told[0][1] == ()
