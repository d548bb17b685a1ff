"""Resuming a key brings back itself and what was narrowed from it; of what was derived nothing."""

import pytest

from tests.server.routes.lifecycle import (
    KINDS,
    audited,
    codes,
    derived,
    done,
    listed,
    made,
    shown,
    written,
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_works_again_and_what_was_derived_before_stays_dead(api, kind):
    key_id, credential = made(api, kind)
    before = derived(api, credential)
    done(api, key_id, "suspend")
    assert api.code(credential) == "REVOKED"
    key = done(api, key_id, "resume")
    assert (key["status"], key["suspended"]) == ("KEY_STATUS_ACTIVE", False)
    anew = derived(api, credential)
    for _ in range(2):
        assert codes(api, credential, *anew) == ["ok"] * 4
        assert codes(api, *before) == ["REVOKED"] * 3
        assert not shown(api, kind, key_id)["suspended"]
        api.reopen()


def test_what_was_narrowed_from_the_key_comes_back_with_it(api):
    key_id, secret = api.issue()
    narrowed = api.narrow(secret)
    done(api, key_id, "suspend")
    assert api.code(narrowed) == "REVOKED"
    done(api, key_id, "resume")
    assert api.code(narrowed) == "ok"


def test_a_narrowed_key_that_was_itself_revoked_does_not_come_back(api):
    key_id, secret = api.issue()
    narrowed = api.narrow(secret)
    api.call("POST", "/v1/tokens:revoke", {"credential": narrowed}, key=None)
    done(api, key_id, "suspend")
    done(api, key_id, "resume")
    assert codes(api, secret, narrowed) == ["ok", "REVOKED"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_active_key_is_answered_and_nothing_is_written(api, kind):
    key_id, credential = made(api, kind)
    grant, before = api.derive(credential), written(api)
    key = shown(api, kind, key_id)
    before = written(api)
    assert done(api, key_id, "resume") == key
    assert written(api) == before and api.code(grant) == "ok"


def test_each_time_is_one_row_of_the_audit_and_listed_as_active(api):
    key_id, _ = api.issue()
    for _ in range(3):
        done(api, key_id, "suspend")
        done(api, key_id, "resume")
    assert len(audited(api, "key.suspend")) == len(audited(api, "key.resume")) == 3
    assert [entry.value for entry in api.log()] == [1, 2, 3]
    assert listed(api, "issued", "ACTIVE") == [key_id]


def test_the_end_of_a_rotations_grace_stands(api, clock):
    key_id, secret = api.issue(ttl="1h")
    path = f"/v2alpha1/admin/issuedApiKeys/{key_id}:rotate"
    assert api.call("POST", path, {"grace": "60s"}).status_code == 201
    done(api, key_id, "suspend")
    done(api, key_id, "resume")
    assert api.code(secret) == "ok"
    clock.forward(60)
    assert api.code(secret) != "ok"
