"""Finding keys from the command line, and what hangs on one."""

import json
import uuid

import pytest

RAW = "sk_live_of_the_old_system_4eC3"


@pytest.fixture
def team():
    """A value that no other test's metadata has."""
    return f'red "{uuid.uuid4()}"'


@pytest.fixture
def issue(online):
    def issue(*words):
        done = online("keys", "issue", *words, "--json")
        assert done.code == 0, done.err
        return done.json["issued_api_key"]["key_id"], done.json["secret"]

    return issue


def metadata(team):
    return ("--metadata", json.dumps({"owner": {"team": team}}))


def test_a_key_is_found_by_all_that_is_known_of_it(online, issue, team):
    key_id, secret = issue("--name", "Backend", "--actor", "ada", *metadata(team))
    issue("--name", "Other", *metadata(team))
    asked = ("--name", "backEND", "--actor", "ada", "--metadata", f"owner.team={team}")
    more = ("--status", "active", "--kind", "issued", "--hint", secret[-4:])
    times = ("--created-after", "2020-01-01T00:00:00Z", "--expires-before", "9999-01-01T00:00:00Z")
    done = online("keys", "search", *asked, *more, *times, "--json")
    assert [key["key_id"] for key in done.json["keys"]] == [key_id], done.err
    shown = online("keys", "search", *asked)
    assert key_id in shown.out and f"...{secret[-4:]}" in shown.out and secret not in shown.said


def test_a_search_follows_pages_up_to_its_limit_and_says_how_to_go_on(online, issue, team):
    made = [issue(*metadata(team))[0] for _ in range(3)]
    asked = ("keys", "search", "--metadata", f"owner.team={team}", "--limit", "2")
    first = online(*asked, "--json").json
    assert [key["key_id"] for key in first["keys"]] == made[:0:-1]
    assert first["next_page_token"] in online(*asked).err
    rest = online(*asked, "--json", "--page-token", first["next_page_token"]).json
    assert [key["key_id"] for key in rest["keys"]] == made[:1] and not rest["next_page_token"]


def test_what_nobody_has_is_said_so(online, team):
    done = online("keys", "search", "--metadata", f"owner.team={team}")
    assert done.code == 0 and "No key is like that" in done.err and done.out == ""
    done = online("keys", "list", "--actor", team)
    assert done.code == 0 and "No key is like that" in done.err and done.out == ""
    assert online("keys", "search", "--metadata", "x=", "--name", team, "--json").json["keys"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("--metadata", "team"),
        ("--metadata", "=red"),
        ("--name", ""),
        ("--hint", ""),
        ("--status", "dead"),
        ("--created-after", "yesterday"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_asked(online, words):
    done = online("keys", "search", *words)
    assert done.code == 2 and done.out == "" and "Traceback" not in done.err


def test_an_imported_key_is_shown_without_saying_that_it_is_one(online, team):
    raw = f"{team} {RAW}"
    done = online("keys", "import", "--name", "n", "--actor", "a", "--json", given=raw)
    key_id = done.json["key_id"]
    shown = online("keys", "get", key_id)
    assert "imported" in shown.out and "...4eC3" in shown.out and raw not in shown.said
    assert online("keys", "get", key_id, "--json").json["kind"] == "imported"


def test_a_lineage_tells_rotations_and_tokens_and_what_ended_them(online, issue):
    old, secret = issue("--name", "one", "--scope", "a")
    assert online("keys", "derive", "--ttl", "10m", "--audience", "shop", given=secret).code == 0
    alone = online("keys", "lineage", old)
    assert "shop" in alone.out and "active" in alone.out and secret not in alone.said
    new = online("keys", "rotate", old, "--json").json["issued_api_key"]["key_id"]
    told = online("keys", "lineage", old, "--json").json
    assert [key["key_id"] for key in told["keys"]] == [old, new]
    assert [token["dead_by"] for token in told["tokens"]] == ["key"]
    shown = online("keys", "lineage", old)
    assert "dead by key" in shown.out and "revoked" in shown.out and new in shown.out
    assert "No token" in online("keys", "lineage", new).err


def test_a_lineage_of_no_key_is_refused(online):
    done = online("keys", "lineage", str(uuid.uuid4()))
    assert done.code == 1 and "no API key" in done.err
