"""Revoking credentials that were found: each stands or falls alone, at its last link."""

import random
from uuid import UUID

import msgspec
import pytest

from engine import seal
from engine.caveats import Tools
from storage.base import Change
from tests.server.hashed.hashes import RAW, SLOW, add

BATCH = "/v1/tokens:batchRevoke"


def found(api, credentials, **fields):
    answer = api.call("POST", BATCH, {"credentials": credentials, **fields}, key=None)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [each["index"] for each in results] == list(range(len(credentials)))
    return results


def outcomes(results):
    return [each["outcome"] for each in results]


def test_a_hundred_of_every_kind_are_told_apart_in_one_request(api, forge):
    secret = api.issue()[1]
    api.import_key("sk_live_old")
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    dead = api.issue()[1]
    api.call("POST", "/v1/tokens:revoke", {"credential": dead}, key=None)
    kinds = [("key", api.issue()[1]) for _ in range(20)]
    kinds += [("key", "sk_live_old"), ("key", api.admin_key("marzipan:read"))]
    kinds += [("grant", api.derive(secret)) for _ in range(10)]
    kinds += [("grant", api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT")) for _ in range(5)]
    kinds += [("block", api.narrow(secret, Tools(["t"]))) for _ in range(10)]
    kinds += [("block", seal(api.narrow(secret))), ("block", api.narrow(api.derive(secret)))]
    expected = {text: ("revoked", kind) for kind, text in kinds}
    expected |= {dead: ("already_revoked", "key"), public: ("refused", "")}
    expected[api.narrow(public)] = ("refused", "")
    junk = ["", "x", "a b\n", "\u20ac", "y" * 9000, "nul\0", forge.foreign(), forge.tail(secret)]
    expected |= dict.fromkeys(junk, ("unknown", ""))
    number = 0
    while len(expected) < 100:
        expected[f"never-seen-{(number := number + 1)}"] = ("unknown", "")
    credentials = list(expected)
    random.Random(7).shuffle(credentials)

    results = found(api, credentials)

    told = {text: (r["outcome"], r["kind"]) for text, r in zip(credentials, results, strict=True)}
    assert told == expected
    for text, result in zip(credentials, results, strict=True):
        assert bool(result["revocation_id"]) is (
            result["outcome"] in ("revoked", "already_revoked")
        )
        assert bool(result["message"]) is (result["outcome"] == "refused")
        if result["outcome"] == "revoked" and result["kind"] != "key":
            assert api.code(text) == "REVOKED"
    ids = {result["revocation_id"] for result in results if result["outcome"] == "revoked"}
    assert len(ids) == len(kinds) and {str(UUID(bytes=entry.target)) for entry in api.log()} >= ids
    assert api.code(secret) == api.code(public) == "ok"
    again = found(api, [text for _, text in kinds])
    assert outcomes(again) == ["already_revoked"] * len(kinds)


def test_the_last_link_dies_and_not_what_is_above_it(api):
    secret = api.issue()[1]
    child = api.narrow(secret)
    assert found(api, [api.narrow(child)])[0]["kind"] == "block"
    assert api.code(child) == "ok"
    assert outcomes(found(api, [child, secret])) == ["revoked", "revoked"]
    assert api.code(secret) == api.code(child) == "REVOKED"


def test_a_credential_that_stands_there_twice_is_revoked_once(api):
    secret = api.issue()[1]
    for token in (api.narrow(secret), api.derive(secret), secret):
        told = outcomes(found(api, [token] * 5))
        assert sorted(told) == ["already_revoked"] * 4 + ["revoked"]
    assert len(api.log()) == 3


def test_copies_of_one_token_write_one_audit_event_and_use_up_nothing_of_its_siblings(
    api, monkeypatch
):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 2)
    secret = api.issue()[1]
    for token in (api.narrow(secret), api.derive(secret)):
        before = api.run(api.node.store.audit("default", limit=1))[0]
        found(api, [token] * 50)
        [row, last] = api.run(api.node.store.audit("default", limit=2))
        assert last == before and row.action in ("block.revoke", "grant.revoke")
    assert outcomes(found(api, [api.narrow(secret)])) == ["revoked"]


def test_whoever_holds_a_revoked_key_fills_neither_log_nor_audit_with_what_is_below_it(api):
    secret = api.issue()[1]
    below = [api.narrow(secret), api.narrow(api.derive(secret)), api.derive(secret)]
    api.call("POST", "/v1/tokens:revoke", {"credential": secret}, key=None)
    log, last = api.log(), api.run(api.node.store.audit("default", limit=1))
    assert outcomes(found(api, below)) == ["already_revoked"] * 3
    assert api.log() == log and api.run(api.node.store.audit("default", limit=1)) == last
    assert {api.code(text) for text in below} == {"REVOKED"}


@pytest.mark.parametrize("algorithm", SLOW)
def test_a_nul_behind_a_public_key_of_another_system_takes_it_from_nobody(api, algorithm):
    add(api, algorithm, visibility="KEY_VISIBILITY_PUBLIC")
    assert outcomes(found(api, [RAW + "\0"])) == ["unknown"]
    assert api.code(RAW) == "ok"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, "KEY_COMPROMISE"),
        ("UNSPECIFIED", "KEY_COMPROMISE"),
        ("SUPERSEDED", "SUPERSEDED"),
        ("AFFILIATION_CHANGED", "AFFILIATION_CHANGED"),
    ],
)
def test_a_key_keeps_the_reason_and_the_audit_says_possession(api, given, kept):
    key_id, secret = api.issue()
    fields = {} if given is None else {"reason": f"REVOCATION_REASON_{given}"}
    found(api, [secret], **fields)
    assert api.get(key_id)["revocation_reason"] == f"REVOCATION_REASON_{kept}"
    [row, *_] = api.run(api.node.store.audit("default", limit=1))
    assert (row.action, row.caller) == ("key.revoke", "possession")


def test_a_block_over_the_bound_of_its_parent_is_refused_alone(api, monkeypatch):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 3)
    secret = api.issue()[1]
    told = found(api, [*(api.narrow(secret) for _ in range(5)), api.issue()[1]])
    assert sorted(outcomes(told)) == ["refused"] * 2 + ["revoked"] * 4
    assert told[-1]["outcome"] == "revoked"


def test_a_fault_of_ours_in_one_item_is_a_500_and_keeps_no_other_alive(api, monkeypatch, caplog):
    tokens = [api.issue()[1] for _ in range(3)]
    commit = api.node.commit

    async def failing(change: Change):
        if change.revoke_keys[0].key_id == broken:
            raise RuntimeError("mz_ak_" + "x" * 90)
        return await commit(change)

    info = api.call("POST", "/v1/tokens:inspect", {"credential": tokens[1]}, key=None).json()
    broken = bytes.fromhex(info["unverified_header"]["key_id"].replace("-", ""))
    monkeypatch.setattr(api.node, "commit", failing)
    answer = api.call("POST", BATCH, {"credentials": tokens}, key=None)
    assert answer.status_code == 500
    assert "unforeseen error" in caplog.text
    monkeypatch.undo()
    assert outcomes(found(api, tokens)) == ["already_revoked", "revoked", "already_revoked"]


def test_the_largest_batch_fits_into_the_limit_of_its_body(api):
    body = msgspec.json.encode({"credentials": ["y" * 8192] * 100})
    answer = api.call("POST", BATCH, body, key=None)
    assert answer.status_code == 200 and len(answer.json()["results"]) == 100
