"""token explain: what offline can be judged is judged, and what can't is said."""

import time

import pytest

from engine import Keyring, MasterSecret, attenuate
from engine import text as text_
from engine.caveats import Budget, Tools
from engine.networks import cidr
from server import secretfile

NOW = int(time.time())
UNKNOWN = ["chain", "revocation"]


@pytest.fixture
def keys(tmp_path):
    """The tenant's keys, whose secret file is tmp_path/s."""
    file = secretfile.create(tmp_path / "s")
    return Keyring(file.current, file.retired).tenant("default")


def grant(keys, **fields):
    """Its times are seconds from now, whenever a test is run."""
    times = {"expires_at": 600, "now": 0, "key_issued_at": -60}
    at = {name: int(time.time()) + fields.pop(name, each) for name, each in times.items()}
    return keys.mint_grant(bytes(16), **{"actor": "a", "scopes": ("a",)} | at | fields).text


@pytest.mark.parametrize("secret", [(), ("--secret-file", "s")])
@pytest.mark.parametrize(
    ("fields", "words", "refused"),
    [
        ({}, (), []),
        ({"expires_at": -1, "now": -30}, (), ["standing"]),
        ({"now": 300}, (), ["Window"]),
        ({}, ("--at", "+11m"), ["standing"]),
        ({"cidrs": (cidr("10.0.0.0/8"),)}, (), ["Network"]),
        ({"cidrs": (cidr("10.0.0.0/8"),)}, ("--client-ip", "192.0.2.7"), ["Network"]),
        ({"cidrs": (cidr("10.0.0.0/8"),)}, ("--client-ip", "10.0.0.1"), []),
        ({}, ("--scope", "b"), ["Scopes"]),
        ({}, ("--scope", "a"), []),
        ({"audiences": ("x",)}, (), ["Audience"]),
        ({"audiences": ("x",)}, ("--audience", "x"), []),
    ],
)
def test_a_grants_header_is_judged_with_and_without_the_secret(
    run, keys, secret, fields, words, refused
):
    done = run("token", "explain", "--json", *secret, *words, given=grant(keys, **fields))
    told = done.json
    assert [step["name"] for step in told["steps"] if not step["allows"]] == refused
    assert told["allowed"] is (not refused) and done.code == (1 if refused else 0)
    assert told["not_checked"] == (["revocation"] if secret else UNKNOWN)


def test_an_offline_answer_never_just_says_allowed(run, keys):
    for secret in ((), ("--secret-file", "s")):
        done = run("token", "explain", *secret, given=grant(keys))
        assert done.code == 0 and "Nothing refuses" in done.out and "Allowed" not in done.said
        assert "not checked: whether it was revoked" in done.err
        assert ("not checked: whether it is genuine" in done.err) is (not secret)


def test_of_a_key_its_own_record_is_said_to_be_unknown(run, keys):
    key = keys.mint_key(now=NOW).text
    narrowed = attenuate(key, Tools(["x"])).text
    for secret, genuine in ((), ["chain"]), (("--secret-file", "s"), []):
        told = run("token", "explain", "--json", *secret, given=key).json
        assert told["not_checked"] == [*genuine, "record", "revocation"]
        assert run("token", "explain", *secret, "--tool", "y", given=narrowed).code == 1
        assert run("token", "explain", *secret, "--tool", "x", given=narrowed).code == 0


def test_with_the_secret_a_forged_key_is_refused(run, keys):
    for text in (
        Keyring(MasterSecret(1, bytes(32))).tenant("default").mint_key(now=NOW).text,
        text_.encode("mz_mc", text_.decode(grant(keys))[1][:-1] + b"x"),
    ):
        assert run("token", "explain", "--secret-file", "s", given=text).code == 1


def test_a_budget_is_judged_as_if_nothing_were_spent(run, keys):
    token = attenuate(grant(keys), Budget("calls", 1, 60)).text
    for secret in ((), ("--secret-file", "s")):
        assert run("token", "explain", *secret, given=token).code == 0
