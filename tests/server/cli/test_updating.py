"""keys update, and the rate limit and request id of keys issue."""

import pytest


@pytest.fixture
def key_id(online):
    words = ("--scope", "a:*", "--metadata", '{"team": "red"}', "--network", "127.0.0.0/8")
    answer = online("keys", "issue", "--name", "before", *words, "--json").json
    return answer["issued_api_key"]["key_id"]


def shown(online, key_id):
    return online("keys", "get", key_id, "--json").json


def test_update_changes_what_is_named_and_nothing_else(online, key_id):
    before = shown(online, key_id)
    done = online("keys", "update", key_id, "--name", "after", "--rate-limit", "100/1m")
    assert done.code == 0, done.err
    assert done.out == "" and f"changed name, rate_limit_policy of {key_id}" in done.err
    after = shown(online, key_id)
    assert after["name"] == "after"
    assert after["rate_limit_policy"] == {"quota": "100", "unit": "requests", "window": "60s"}
    same = before.keys() - {"name", "rate_limit_policy", "update_time"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_update_replaces_lists_and_clears_what_it_is_told_to(online, key_id):
    words = ("--scope", "b", "--scope", "c", "--metadata", '{"n": 1}', "--clear", "network")
    told = online("keys", "update", key_id, *words, "--json").json
    assert told["scopes"] == ["b", "c"] and told["metadata"] == {"n": 1}
    assert told["ip_restriction"] is None and told["name"] == "before"
    clear = [word for name in ("name", "scope", "metadata") for word in ("--clear", name)]
    told = online("keys", "update", key_id, *clear, "--json").json
    assert (told["name"], told["scopes"], told["metadata"]) == ("", [], None)


def test_update_takes_imported_keys_too(online):
    words = ("--name", "old", "--actor", "ada", "--json")
    key_id = online("keys", "import", *words, given="a-raw-key-to-be-updated").json["key_id"]
    assert online("keys", "update", key_id, "--name", "new").code == 1
    assert online("keys", "update", key_id, "--name", "new", "--imported").code == 0
    assert shown(online, key_id)["name"] == "new"


@pytest.mark.parametrize(
    "words",
    [(), ("--name", ""), ("--clear", "actor"), ("--name", "x", "--clear", "name")]
    + [("--rate-limit", text) for text in ("", "100", "0/60s", "-1/60s", "9/0s", "9/soon", "/60s")]
    + [("--metadata", "[]"), ("--network", "10.0.0.1/8")],
)
def test_update_refuses_a_wrong_call_before_anything_is_asked(online, key_id, words):
    before = shown(online, key_id)
    done = online("keys", "update", key_id, *words)
    assert done.code == 2 and done.out == "" and "Traceback" not in done.err
    assert shown(online, key_id) == before


def test_issue_takes_a_rate_limit(online):
    told = online("keys", "issue", "--name", "n", "--rate-limit", "5/10s", "--json").json
    limit = told["issued_api_key"]["rate_limit_policy"]
    assert limit == {"quota": "5", "unit": "requests", "window": "10s"}


def test_issue_with_a_request_id_makes_one_key_and_says_that_its_text_is_gone(online, tmp_path):
    words = ("keys", "issue", "--name", "once", "--request-id", "deploy-2027-01-15")
    first, out = online(*words, "--json").json, tmp_path / "again.key"
    again = online(*words, "--out", str(out))
    assert again.code == 0 and again.out == "" and not out.exists()
    assert first["issued_api_key"]["key_id"] in again.err and "first sent" in again.err
