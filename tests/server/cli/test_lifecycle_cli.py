"""Suspending, resuming, extending, ending what was derived, and revoking an actor, in commands."""

import itertools

import pytest

NOWHERE = "00000000-0000-4000-8000-000000000000"
NAMES = (f"actor {n}/of these tests" for n in itertools.count())


@pytest.fixture
def issued(online):
    """The id and the text of a new key."""
    answer = online("keys", "issue", "--name", "n", "--ttl", "1h", "--json").json
    return answer["issued_api_key"]["key_id"], answer["secret"]


def alive(online, credential):
    return online("keys", "verify", given=credential).code == 0


def derive(online, credential):
    return online("keys", "derive", "--ttl", "10m", given=credential).out.strip()


def test_suspend_and_resume_say_what_became_of_the_key(online, issued):
    key_id, secret = issued
    token = derive(online, secret)
    assert alive(online, token)
    done = online("keys", "suspend", key_id)
    assert done.code == 0 and done.out == "" and f"suspended {key_id}" in done.err
    assert not alive(online, secret) and not alive(online, token)
    assert "suspended" in online("keys", "get", key_id).out
    [line] = [x for x in online("keys", "list", "--limit", "1000").out.splitlines() if key_id in x]
    assert "suspended" in line and "revoked" not in line
    done = online("keys", "resume", key_id)
    assert done.code == 0 and "derive anew" in done.err
    assert alive(online, secret) and not alive(online, token)


@pytest.mark.parametrize(
    "words", [("suspend",), ("resume",), ("revoke-children",), ("extend", "--ttl", "2h")]
)
def test_with_json_each_prints_the_key(online, issued, words):
    done = online("keys", *words, issued[0], "--json")
    assert done.code == 0 and done.err == ""
    assert done.json["key_id"] == issued[0]
    assert done.json["suspended"] is (words[0] == "suspend")


def test_extend_says_until_when_and_until_takes_a_time(online, issued):
    key_id, _ = issued
    done = online("keys", "extend", key_id, "--ttl", "2h")
    assert done.code == 0 and f"{key_id} lives until 20" in done.err
    end = online("keys", "get", key_id, "--json").json["expire_time"]
    assert end in done.err
    later = f"{int(end[:4]) + 5}{end[4:]}"
    refused = online("keys", "extend", key_id, "--until", later)
    assert refused.code == 1 and "max_ttl" in refused.err and "(HTTP 400)" in refused.err
    refused = online("keys", "extend", key_id, "--ttl", "1h")
    assert refused.code == 1 and end in refused.err


@pytest.mark.parametrize(
    "words",
    [(), ("--ttl", "1h", "--until", "2027-01-15T08:00:00Z"), ("--ttl", "soon"), ("--until", "x")]
    + [("--ttl", ""), ("--until", "")],
)
def test_extend_wants_one_end_that_is_one(online, issued, words):
    done = online("keys", "extend", issued[0], *words)
    assert done.code == 2 and done.out == "" and "Traceback" not in done.err


def test_revoke_children_leaves_the_key(online, issued):
    key_id, secret = issued
    token = derive(online, secret)
    done = online("keys", "revoke-children", key_id)
    assert done.code == 0 and "lives on" in done.err
    assert alive(online, secret) and not alive(online, token)
    assert "all derived" in online("revocations").out


def test_an_imported_key_is_suspended_without_saying_that_it_is_one(online):
    words = ("--name", "old", "--actor", "ada", "--json")
    key_id = online("keys", "import", *words, given="a-raw-key-of-the-lifecycle").json["key_id"]
    assert online("keys", "suspend", key_id).code == 0
    assert not alive(online, "a-raw-key-of-the-lifecycle")
    assert "suspended" in online("keys", "get", key_id).out
    assert online("keys", "resume", key_id).code == 0
    assert alive(online, "a-raw-key-of-the-lifecycle")


def test_an_actor_is_revoked_whatever_its_name_and_new_keys_of_it_work(online):
    name = next(NAMES)
    issue = ("keys", "issue", "--actor", name, "--json")
    first, second = online(*issue).json, online(*issue).json
    done = online("actors", "revoke", name, "--reason", "affiliation_changed")
    assert done.code == 0 and done.out == "", done.err
    assert f"issued to {name} up to 20" in done.err and "revoked: 2" in done.err
    assert not alive(online, first["secret"]) and not alive(online, second["secret"])
    shown = online("keys", "list", "--actor", name, "--status", "revoked").out
    assert first["issued_api_key"]["key_id"] in shown
    assert alive(online, online(*issue).json["secret"])


def test_with_json_an_actors_revocation_prints_what_was_done(online):
    name = next(NAMES)
    online("keys", "issue", "--actor", name)
    words = ("--reason", "privilege_withdrawn", "--description", "left", "--json")
    done = online("actors", "revoke", name, *words)
    assert done.code == 0 and done.err == ""
    assert (done.json["actor_id"], done.json["revoked_keys"]) == (name, 1)
    assert len(done.json["revisions"]) == 1 and done.json["issued_until"].endswith("Z")


@pytest.mark.parametrize(
    "words",
    [("ada",), ("", "--reason", "superseded"), ("ada", "--reason", "why"), ()],
)
def test_an_actor_and_a_reason_must_be_said(online, words):
    done = online("actors", "revoke", *words)
    assert done.code == 2 and done.out == "" and "Traceback" not in done.err


@pytest.mark.parametrize(
    "words", [("suspend",), ("resume",), ("revoke-children",), ("extend", "--ttl", "2h")]
)
def test_what_can_not_be_done_is_one_line_and_exit_code_1(online, issued, words):
    unknown = online("keys", *words, NOWHERE)
    assert unknown.code == 1 and "(HTTP 404)" in unknown.err
    key_id, secret = issued
    online("keys", "revoke", key_id, "--reason", "superseded")
    dead = online("keys", *words, key_id)
    assert dead.code == 1 and "revoked" in dead.err and "(HTTP 409)" in dead.err
    assert online("keys", *words, secret).code == 2


def test_a_key_in_the_place_of_an_actor_is_refused_and_not_repeated(online, issued):
    done = online("actors", "revoke", issued[1], "--reason", "superseded")
    assert done.code == 2 and issued[1][6:20] not in done.said
