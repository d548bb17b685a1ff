"""token revoke --batch: what was found is dead, whatever stands beside it in the file."""

import pytest

from server.gcra import Rate


@pytest.fixture
def keys(online):
    def issue():
        done = online("keys", "issue", "--name", "leaked", "--json")
        assert done.code == 0, done.err
        return done.json["secret"]

    return issue


def test_each_line_is_told_by_its_number(online, keys, tmp_path):
    first, second = keys(), keys()
    child = online("token", "attenuate", "--ttl", "1h", given=second).out.strip()
    file = tmp_path / "found.txt"
    file.write_text(f"{first}\n\n  {child}  \nnothing of ours\n{first}\n")
    done = online("token", "revoke", "--batch", str(file))
    assert done.code == 0, done.err
    assert "line 1: the key " in done.err and "line 3: the narrowed token " in done.err
    assert "line 4: it was not made by this server" in done.err
    assert "line 5: " in done.err and "was revoked already" in done.err
    assert "2 revoked, 1 were revoked already, 1 were not made by this server" in done.err
    assert first not in done.said and child not in done.said
    assert online("keys", "verify", given=first).code == 1
    assert online("keys", "verify", given=second).code == 0
    again = online("token", "revoke", "--batch", "-", "--json", given=file.read_text())
    told = [(each["line"], each["outcome"]) for each in again.json["results"]]
    already = "already_revoked"
    assert told == [(1, already), (3, already), (4, "unknown"), (5, already)]


def test_a_publishable_key_is_refused_by_its_line_and_the_exit_code_is_1(online, keys):
    done = online("keys", "issue", "--name", "p", "--public", "--json")
    good = keys()
    told = online("token", "revoke", "--batch", "-", given=f"{done.json['secret']}\n{good}\n")
    assert told.code == 1 and "line 1: A public key" in told.err and "1 revoked" in told.err
    assert online("keys", "verify", given=good).code == 1


def test_more_than_one_request_takes_are_sent_in_several_and_wait_for_the_limit(
    run, serving, monkeypatch
):
    monkeypatch.setattr("server.tenant.POSSESSION", Rate(quota=100, window=500))
    monkeypatch.setattr("server.cli.leaked.PAUSE_S", 0.1)
    server = serving("limited")
    lines = "\n".join(f"never-made-{number}" for number in range(250))
    try:
        done = run("token", "revoke", "--batch", "-", "--server", server.url, given=lines)
    finally:
        server.stop()
    assert done.code == 0 and "250 were not made by this server" in done.err
    assert "trying again" in done.err


@pytest.mark.parametrize("given", ["", "\n \n"])
def test_an_empty_file_is_a_wrong_call(online, given):
    assert online("token", "revoke", "--batch", "-", given=given).code == 1


def test_one_and_many_are_not_said_together(online, tmp_path):
    file = tmp_path / "a"
    file.write_text("x")
    done = online("token", "revoke", "--batch", str(file), "--in", str(file))
    assert done.code == 2 and "not both" in done.err
