"""One entry kills all that was issued to an actor; its rows are marked afterwards."""

from uuid import UUID

import pytest

from engine import Kind, actor_target
from engine.caveats import Delegate
from server import actors
from server.changing import DAY
from server.durations import MAXIMUM
from storage.errors import StoreUnavailable
from tests.server.routes.lifecycle import (
    IMPORTED,
    ISSUED,
    KINDS,
    audited,
    codes,
    derived,
    listed,
    made,
    shown,
)
from tests.server.routes.revoke_actor.acting import revoke, told

NOW = "2027-01-15T08:00:00Z"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_and_all_below_it_is_dead_at_the_next_verify_and_nothing_else(api, kind):
    key_id, credential = made(api, kind, actor_id="ada")
    _, other = api.issue(actor_id="bob")
    tokens = derived(api, credential)
    assert codes(api, credential, other, *tokens) == ["ok"] * 5
    answer = told(api, "ada")
    assert (answer["actor_id"], answer["issued_until"]) == ("ada", NOW)
    assert answer["revoked_keys"] == len(answer["revisions"]) == 1
    for _ in range(2):
        assert codes(api, credential, other, *tokens) == ["REVOKED", "ok"] + ["REVOKED"] * 3
        key = shown(api, kind, key_id)
        assert key["status"] == "KEY_STATUS_REVOKED"
        assert key["revocation_reason"] == "REVOCATION_REASON_KEY_COMPROMISE"
        api.reopen()


def test_one_entry_is_written_that_outlives_whatever_max_ttl_the_keys_were_issued_under(api):
    for _ in range(3):
        api.issue(actor_id="ada")
    [revision] = told(api, "ada")["revisions"]
    [entry] = api.log()
    assert revision == f"{entry.shard}:{entry.seq}"
    assert (entry.kind, entry.target) == (Kind.ACTOR, actor_target("default", "ada"))
    assert (entry.value, entry.reason) == (api.node.now(), "1")
    assert entry.expires_at == api.node.now() + MAXIMUM + DAY


def test_keys_issued_and_imported_afterwards_work_at_once(api):
    told(api, "ada")
    _, secret = api.issue(actor_id="ada")
    api.import_key("raw", actor_id="ada")
    tokens = [*derived(api, secret), *derived(api, "raw")]
    for _ in range(2):
        assert codes(api, secret, "raw", *tokens) == ["ok"] * 8
        api.reopen()


def test_a_call_in_the_same_second_kills_the_key_that_was_issued_since_the_last(api):
    for _ in range(3):
        _, secret = api.issue(actor_id="ada")
        assert api.code(secret) == "ok"
        assert told(api, "ada")["revoked_keys"] == 1
        assert api.code(secret) == "REVOKED"
    assert [entry.value - api.node.now() for entry in api.log()] == [0, 1, 2]


def test_a_key_of_a_clock_that_went_back_since_is_dead_as_well(api, clock):
    _, secret = api.issue(actor_id="ada")
    clock.forward(-60)
    answer = told(api, "ada")
    assert (answer["issued_until"], answer["revoked_keys"]) == (NOW, 1)
    assert api.code(secret) == "REVOKED"


def test_a_call_at_a_later_second_writes_a_stronger_entry_and_an_equal_one_writes_none(api, clock):
    told(api, "ada")
    again = told(api, "ada")
    assert (again["revisions"], again["issued_until"]) == ([], NOW)
    clock.forward(1)
    later = told(api, "ada")
    assert len(later["revisions"]) == 1 and later["issued_until"] == "2027-01-15T08:00:01Z"
    assert len(api.log()) == 2


def test_an_actor_who_has_no_keys_is_revoked_and_what_was_delegated_to_it_is_dead(api):
    _, secret = api.issue(actor_id="ada")
    delegated = api.narrow(secret, Delegate("bot"))
    granted = api.narrow(api.derive(secret), Delegate("bot"))
    assert codes(api, delegated, granted) == ["ok"] * 2
    answer = told(api, "bot")
    assert answer["revoked_keys"] == 0 and len(answer["revisions"]) == 1
    for _ in range(2):
        assert codes(api, secret, delegated, granted) == ["ok", "REVOKED", "REVOKED"]
        api.reopen()


@pytest.mark.parametrize(
    "actor",
    ["team/ada", "a:revoke", "ada?x=1#y", "..", "%2F", " ", "\n", "\x7f", "é", "a" * 255]
    + ["😀" * 64],
)
def test_any_name_that_a_key_can_have_can_be_revoked(api, actor):
    _, secret = api.issue(actor_id=actor)
    assert told(api, actor)["actor_id"] == actor
    assert api.code(secret) == "REVOKED"


def test_marking_goes_on_over_many_batches_of_both_kinds(api, monkeypatch):
    monkeypatch.setattr(actors, "BATCH", 2)
    ids = {api.issue(actor_id="ada")[0] for _ in range(5)}
    imported = {api.import_key(f"raw {n}", actor_id="ada") for n in range(3)}
    mine, _ = api.issue(actor_id="bob")
    before = len(audited(api, "actor.revoke"))
    assert told(api, "ada")["revoked_keys"] == 8
    assert set(listed(api, "issued", "REVOKED")) == ids
    assert set(listed(api, "imported", "REVOKED")) == imported
    assert listed(api, "issued", "ACTIVE") == [mine]
    assert len(audited(api, "actor.revoke")) == before + 1
    assert len(audited(api, "actor.mark_keys")) == 3 + 2


def test_a_call_that_was_interrupted_has_killed_all_and_another_marks_the_rest(
    api, monkeypatch, problem
):
    monkeypatch.setattr(actors, "BATCH", 2)
    keys = dict(api.issue(actor_id="ada") for _ in range(5))
    commit, done = api.node.store.commit, []

    async def failing(change):
        if len(done) == 2:
            raise StoreUnavailable("the disk is full")
        done.append(change)
        return await commit(change)

    with monkeypatch.context() as broken:
        broken.setattr(api.node.store, "commit", failing)
        problem(revoke(api, "ada"), 503)
    for _ in range(2):
        assert codes(api, *keys.values()) == ["REVOKED"] * 5
        assert {api.get(key_id)["status"] for key_id in keys} == {"KEY_STATUS_REVOKED"}
        api.reopen()
    assert len(listed(api, "issued", "REVOKED")) == 2
    assert told(api, "ada")["revoked_keys"] == 3
    assert set(listed(api, "issued", "REVOKED")) == set(keys)
    assert told(api, "ada")["revoked_keys"] == 0


def test_a_key_that_is_revoked_or_deleted_meanwhile_keeps_no_other_from_being_marked(
    api, monkeypatch
):
    ids = [api.issue(actor_id="ada")[0] for _ in range(3)]
    gone, kept = (api.import_key(raw, actor_id="ada") for raw in ("gone", "kept"))
    reason = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    meanwhile = {
        UUID(ids[1]).bytes: ("POST", f"{ISSUED}/{ids[1]}:revoke", reason),
        UUID(gone).bytes: ("DELETE", f"{IMPORTED}/{gone}"),
    }
    commit = api.node.store.commit

    async def overtaken(change):
        for row in change.revoke_keys:
            if call := meanwhile.pop(row.key_id, None):
                assert (await api.send(*call)).status_code == 204
        return await commit(change)

    monkeypatch.setattr(api.node.store, "commit", overtaken)
    assert told(api, "ada")["revoked_keys"] == 3 and meanwhile == {}
    assert {api.get(key_id)["status"] for key_id in ids} == {"KEY_STATUS_REVOKED"}
    assert api.get(ids[1])["revocation_reason"] == "REVOCATION_REASON_SUPERSEDED"
    assert listed(api, "imported", "REVOKED") == [kept]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_whose_row_is_not_marked_yet_reads_revoked_wherever_it_is_shown(
    api, revoke_actor, kind
):
    key_id, credential = made(api, kind, actor_id="ada")
    revoke_actor(api, "ada")
    assert shown(api, kind, key_id)["status"] == "KEY_STATUS_REVOKED"
    assert listed(api, kind, "ACTIVE") == []
    path = "issuedApiKeys" if kind == "issued" else "importedApiKeys"
    [key] = api.call("GET", f"/v2alpha1/admin/{path}").json()[f"{kind}_api_keys"]
    assert key["status"] == "KEY_STATUS_REVOKED"
    verdict = api.verify(credential)
    assert not verdict["is_valid"] and verdict["status"] != "KEY_STATUS_ACTIVE"
    assert verdict["error_code"] == "VERIFICATION_ERROR_REVOKED"


def test_a_suspended_and_an_expired_key_are_marked_too(api, clock):
    suspended, _ = api.issue(actor_id="ada")
    expired, _ = api.issue(actor_id="ada", ttl="60s")
    api.call("POST", f"/v1/keys/{suspended}:suspend")
    clock.forward(60)
    assert told(api, "ada")["revoked_keys"] == 2
    assert not api.get(suspended)["suspended"]
    assert set(listed(api, "issued", "REVOKED")) == {suspended, expired}


def test_the_audit_names_the_actor_and_who_revoked_it_and_why(api):
    body = {"reason": "REVOCATION_REASON_PRIVILEGE_WITHDRAWN", "description": "left"}
    key_id, _ = api.issue(actor_id="ada")
    told(api, "ada", body)
    [row] = audited(api, "actor.revoke")
    assert row.target == actor_target("default", "ada").hex()
    assert row.caller == api.initialised.admin_key_id.hex()
    assert b'"actor_id":"ada"' in row.detail and b'"left"' in row.detail
    [marked] = audited(api, "actor.mark_keys")
    assert key_id.replace("-", "").encode() in marked.detail
    assert api.get(key_id)["revocation_description"] == "left"


def test_an_actor_of_the_admin_keys_is_another_though_it_has_the_same_name(api):
    admin = api.admin_key("marzipan:admin", actor="ada")
    told(api, "ada")
    assert api.call("POST", "/v1/actors/ada:revoke", {}, key=admin).status_code == 400
