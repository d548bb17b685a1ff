"""token attenuate: what the options mean, and what would only make a dead token."""

import time

import pytest

from engine import Keyring, MasterSecret, inspect
from engine.caveats import Budget, Http, Network, Window

KEY = Keyring(MasterSecret(1, bytes(32))).tenant("default").mint_key(now=1_800_000_000).text


def caveat(run, *words):
    done = run("token", "attenuate", *words, given=KEY)
    assert done.code == 0, done.err
    (block,) = inspect(done.out.strip()).unverified_blocks
    (one,) = block.caveats
    return one


def test_http_methods_are_taken_in_any_case_since_requests_have_them_in_upper_case(run):
    assert caveat(run, "--http", "get,Head /x/*") == Http(["GET", "HEAD"], ["/x/*"])


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("10.0.0.0/8", b"\x0a\0\0\0\x08"),
        ("192.0.2.7", b"\xc0\0\x02\x07\x20"),
        ("::1", bytes(15) + b"\x01\x80"),
        ("::ffff:192.0.2.7", b"\xc0\0\x02\x07\x20"),
    ],
)
def test_a_network_may_be_one_address(run, text, packed):
    assert caveat(run, "--network", text) == Network([packed])


def test_every_command_has_the_same_rule_for_networks(online, served):
    for text in ("10.0.0.1/8", "2001:db8::1/32", "10.0.0.0/33", "example.com", "fe80::1%eth0"):
        told = {
            online("keys", "issue", "--network", text).err.splitlines()[-1],
            online("token", "attenuate", "--network", text, given=KEY).err.splitlines()[-1],
        }
        assert len(told) == 1 and "Invalid value for '--network'" in told.pop()
    told = online("keys", "issue", "--network", "10.0.0.1/8").err
    assert "say 10.0.0.0/8, or 10.0.0.1/32" in told
    for text, stored in (("10.0.0.1", "10.0.0.1/32"), ("::1", "::1/128")):
        key = online("keys", "issue", "--network", text, "--json").json["issued_api_key"]
        assert key["ip_restriction"] == {"allowed_cidrs": [stored]}


@pytest.mark.parametrize(
    "words",
    [
        ("--expires", "2020-01-01T00:00:00Z"),
        ("--expires", "2030-01-01T00:00:00Z", "--not-before", "2030-01-01T00:00:00Z"),
        ("--ttl", "1m", "--not-before", "2020-01-01T00:00:00Z"),
    ],
)
def test_a_token_that_would_be_dead_from_the_start_is_refused(run, words):
    done = run("token", "attenuate", *words, given=KEY)
    assert done.code == 2 and "dead from the start" in done.err


def test_a_ttl_counts_from_now(run):
    before = int(time.time())
    window = caveat(run, "--ttl", "2m")
    assert isinstance(window, Window) and window.expires_at - window.not_before == 120
    assert before <= window.not_before <= time.time()


@pytest.mark.parametrize("text", ["calls 9", "calls", "9 1h", "USD 5", "calls nine 1h"])
def test_a_budget_that_is_none_is_answered_with_what_one_looks_like(run, text):
    done = run("token", "attenuate", "--budget", text, given=KEY)
    assert done.code == 2 and "amount" not in done.err.splitlines()[-1] or "USD" in done.err
    assert caveat(run, "--budget", "calls 9 1h") == Budget("calls", 9, 3600)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "Amount", "currency": 5, "maximum": 1}', "currency must be a text"),
        ('{"type": "Amount", "currency": "USD", "maximum": "1"}', "maximum must be a whole number"),
        ('{"type": "Amount", "currency": "USD", "maximum": -1}', "maximum must be at least 0"),
        ('{"type": "Tools", "tools": [""]}', "tools[0] must not be empty"),
        ('{"type": "Tools", "tools": []}', "tools must not be empty"),
        ('{"type": "Tools"}', "lacks tools"),
        ("[]", '{"type": "Tools", "tools": ["search"]}'),
    ],
)
def test_a_caveat_in_json_that_is_wrong_is_told_by_the_name_of_its_field(run, text, said):
    done = run("token", "attenuate", "--caveat", text, given=KEY)
    assert done.code == 2 and said in done.err
    assert "$" not in done.err and "`" not in done.err
