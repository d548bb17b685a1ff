"""All that was derived from a key dies at once; the key lives on, and what was narrowed from it."""

import pytest

from tests.server.routes.lifecycle import KINDS, audited, codes, derived, done, made, shown


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_derived_is_dead_and_the_key_lives_on_and_derives_anew(api, kind):
    key_id, credential = made(api, kind)
    before = derived(api, credential)
    key = done(api, key_id, "revokeChildren")
    assert (key["status"], key["suspended"]) == ("KEY_STATUS_ACTIVE", False)
    assert shown(api, kind, key_id) == key
    anew = derived(api, credential)
    for _ in range(2):
        assert codes(api, *before) == ["REVOKED"] * 3
        assert codes(api, credential, *anew) == ["ok"] * 4
        api.reopen()
    done(api, key_id, "revokeChildren")
    assert codes(api, credential, *anew) == ["ok"] + ["REVOKED"] * 3


def test_what_was_narrowed_from_the_key_lives_on(api):
    key_id, secret = api.issue()
    narrowed = api.narrow(secret)
    done(api, key_id, "revokeChildren")
    assert api.code(narrowed) == "ok"


def test_what_was_derived_from_another_key_lives_on(api):
    key_id, _ = api.issue()
    grant = api.derive(api.issue()[1])
    done(api, key_id, "revokeChildren")
    assert api.code(grant) == "ok"


def test_entry_and_generation_and_audit_are_one_change(api):
    key_id, _ = api.issue()
    done(api, key_id, "revokeChildren")
    [entry], [row] = api.log(), audited(api, "key.revoke_children")
    assert (entry.kind.name, entry.value, entry.reason) == ("CHILDREN", 1, "children")
    assert row.target == key_id.replace("-", "") == entry.target.hex()
    assert api.run(api.node.store.get("default", entry.target)).generation == 1


def test_a_suspended_key_stays_suspended(api):
    key_id, secret = api.issue()
    done(api, key_id, "suspend")
    assert done(api, key_id, "revokeChildren")["suspended"]
    assert api.code(secret) == "REVOKED"
