"""What each act of a key's life does to each kind of credential, before and after a restart.

A restarted node knows only what the rows and the log say: whatever it refuses, it read there.
"""

import pytest

from engine.caveats import Delegate, MaxDepth
from tests.server.routes.lifecycle import ISSUED, act, codes, made, revoked
from tests.server.routes.revoke_actor.acting import told

OK, NO = "ok", "REVOKED"


class Family:
    """A key of ada, and one of each kind of credential that can stand below it."""

    def __init__(self, api, kind):
        self.api = api
        self.key_id, self.key = made(api, kind, actor_id="ada", ttl="1h")
        # Nobody narrows an imported key; the row of it stands for what was narrowed.
        self.narrowed = api.narrow(self.key) if kind == "issued" else self.key
        self.children = self.derive()
        self.stranger = api.issue(actor_id="bob")[1]

    def derive(self):
        grant = self.api.derive(self.key, ttl="30m")
        jwt = self.api.derive(self.key, ttl="30m", algorithm="TOKEN_ALGORITHM_JWT")
        return [grant, self.api.narrow(grant, MaxDepth(2)), jwt]

    def do(self, verb, body=None):
        assert act(self.api, self.key_id, verb, body).status_code == 200

    def holds(self, key, children):
        """These are the verdicts, of this node and of the next."""
        for _ in range(2):
            assert codes(self.api, self.key, self.narrowed) == [key] * 2
            assert codes(self.api, *self.children) == [children] * 3
            assert self.api.code(self.stranger) == OK
            self.api.reopen()


@pytest.fixture(params=["issued", "imported"])
def family(api, request):
    return Family(api, request.param)


def test_suspend_takes_all_and_resume_gives_back_the_key_alone(family):
    family.holds(OK, OK)
    family.do("suspend")
    family.holds(NO, NO)
    family.do("resume")
    family.holds(OK, NO)
    family.children = family.derive()
    family.holds(OK, OK)


def test_suspending_again_after_a_resume_takes_what_was_derived_in_between(family):
    for _ in range(3):
        family.do("suspend")
        family.do("resume")
        family.holds(OK, NO)
        family.children = family.derive()
        family.holds(OK, OK)


def test_revoke_children_takes_what_was_derived_and_nothing_else(family):
    family.do("revokeChildren")
    family.holds(OK, NO)
    family.children = family.derive()
    family.holds(OK, OK)


def test_extend_gives_the_key_more_time_and_nobody_else(family, clock):
    family.do("extend", {"ttl": "2h"})
    family.holds(OK, OK)
    clock.forward(1800)
    family.holds(OK, "EXPIRED")
    clock.forward(1800)
    family.holds(OK, "EXPIRED")
    clock.forward(3600)
    family.holds("EXPIRED", "EXPIRED")


def test_revoking_the_actor_takes_all_and_what_is_issued_afterwards_lives(family):
    delegated = family.api.narrow(family.stranger, Delegate("ada"))
    assert told(family.api, "ada")["revoked_keys"] == 1
    family.holds(NO, NO)
    assert family.api.code(delegated) == NO
    later = Family(family.api, "issued")
    later.holds(OK, OK)
    family.holds(NO, NO)


def test_nothing_that_killed_a_key_is_undone_by_what_can_be_done_to_a_live_one(family, clock):
    kind = "imported" if family.key == "raw" else "issued"
    revoked(family.api, kind, family.key_id)
    for verb in ("resume", "extend", "suspend", "revokeChildren"):
        assert act(family.api, family.key_id, verb, {"ttl": "60d"}).status_code == 409
    family.holds(NO, NO)


def test_the_heir_of_a_rotated_key_goes_through_all_of_it_as_any_key(api):
    old = Family(api, "issued")
    answer = api.call("POST", f"{ISSUED}/{old.key_id}:rotate", {"grace": "30m"}).json()
    heir = answer["issued_api_key"]["key_id"]
    assert act(api, heir, "suspend").status_code == 200
    assert codes(api, answer["secret"], old.key) == [NO, OK]
    assert act(api, heir, "resume").status_code == 200
    assert codes(api, answer["secret"], old.key) == [OK, OK]
    told(api, "ada")
    assert codes(api, answer["secret"], old.key) == [NO, NO]


@pytest.mark.parametrize("seed", range(3))
def test_concurrent_acts_leave_the_key_as_the_last_of_them_says(api, seed):
    family = Family(api, "issued")
    verbs = ["suspend", "resume", "revokeChildren", "suspend", "extend", "resume"] * 3
    verbs = verbs[seed:] + verbs[:seed]
    path = f"/v1/keys/{family.key_id}"
    asked = (
        api.send("POST", f"{path}:{verb}", {"ttl": f"{n + 2}h"}) for n, verb in enumerate(verbs)
    )
    answers = api.together(*asked)
    assert {answer.status_code for answer in answers} <= {200, 400}
    suspended = api.get(family.key_id)["suspended"]
    family.holds(NO if suspended else OK, NO)
