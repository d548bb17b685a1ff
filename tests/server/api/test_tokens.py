"""Tokens over HTTP: narrowing, reading, explaining, revoking by possession."""

import pytest

from engine import header, seal
from engine import text as text_
from engine.caveats import Budget, Scopes, Tools, Window
from engine.envelope import join

TOKENS = "/v1/tokens:"
ISSUED = "/v2alpha1/admin/issuedApiKeys"


def ask(api, verb, body, key=None):
    return api.call("POST", TOKENS + verb, body, key=key)


def kill(api, token):
    return ask(api, "revoke", {"credential": token})


def test_attenuate_200_does_what_the_library_does_offline(api):
    _, secret = api.issue(scopes=["a", "b"])
    caveats = [{"type": "Scopes", "scopes": ["a"]}, {"type": "MaxDepth", "blocks": 3}]
    answer = ask(api, "attenuate", {"credential": secret, "caveats": caveats})
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert api.verify(token)["scopes"] == ["a"]
    assert kill(api, token).json()["revocation_id"] == answer.json()["revocation_id"]
    assert (api.code(token), api.code(secret)) == ("REVOKED", "ok")


def test_attenuate_200_seals_with_or_without_caveats_and_400_once_sealed(api, problem):
    _, secret = api.issue()
    one = ask(api, "attenuate", {"credential": secret, "seal": True}).json()
    assert one["token"] == seal(secret) and one["revocation_id"] is None
    body = {"credential": secret, "caveats": [{"type": "MaxDepth", "blocks": 0}], "seal": True}
    both = ask(api, "attenuate", body).json()["token"]
    assert api.code(one["token"]) == api.code(both) == "ok"
    for sealed in (one["token"], both):
        problem(ask(api, "attenuate", body | {"credential": sealed}), 400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"credential": "KEY"},
        {"credential": "KEY", "caveats": []},
        {"credential": "KEY", "caveats": {}},
        {"credential": "KEY", "caveats": [5]},
        {"credential": "KEY", "caveats": [{}]},
        {"credential": "KEY", "caveats": [{"type": "Nope"}]},
        {"credential": "KEY", "caveats": [{"type": ["Scopes"]}]},
        {"credential": "KEY", "caveats": [{"type": "Scopes"}]},
        {"credential": "KEY", "caveats": [{"type": "Scopes", "scopes": []}]},
        {"credential": "KEY", "caveats": [{"type": "Scopes", "scopes": ["a*"]}]},
        {"credential": "KEY", "caveats": [{"type": "Scopes", "scopes": ["a"], "more": 1}]},
        {"credential": "KEY", "caveats": [{"type": "Window", "not_before": -1, "expires_at": 5}]},
        {
            "credential": "KEY",
            "caveats": [{"type": "Window", "not_before": 0, "expires_at": 2**63}],
        },
        {
            "credential": "KEY",
            "caveats": [{"type": "Window", "not_before": 0, "expires_at": 9**99}],
        },
        {"credential": "KEY", "caveats": [{"type": "Window", "not_before": 0, "expires_at": "5"}]},
        {"credential": "KEY", "caveats": [{"type": "Network", "networks": ["x"]}]},
        {"credential": "KEY", "caveats": [{"type": "Network", "networks": [5]}]},
        {"credential": "KEY", "caveats": [{"type": "Network", "networks": "10.0.0.0/8"}]},
        {"credential": "KEY", "caveats": [{"type": "BodyHash", "digest": "zz"}]},
        {"credential": "KEY", "caveats": [{"type": "Binding", "thumbprint": "00"}]},
        {"credential": "KEY", "caveats": [{"type": "Custom", "name": "x", "payload": "?"}]},
        {"credential": "KEY", "caveats": [{"type": "Custom", "name": "x", "payload": "кот"}]},
        {"credential": "KEY", "caveats": [{"type": "MaxDepth", "blocks": 1}] * 33},
        {"credential": "KEY", "caveats": [{"type": "Tools", "tools": ["x" * 256] * 9}]},
        {"credential": "KEY", "seal": "yes"},
        {"credential": "junk", "seal": True},
        {"credential": "x" * 8193, "seal": True},
    ],
)
def test_attenuate_400_for_what_no_verifier_would_take(api, problem, body):
    _, secret = api.issue()
    body = body | ({"credential": secret} if body.get("credential") == "KEY" else {})
    error = problem(ask(api, "attenuate", body), 400, "BAD_REQUEST")
    assert secret not in error["message"]


def test_attenuate_400_for_a_17th_block(api, problem):
    _, token = api.issue()
    for _ in range(16):
        token = api.narrow(token)
    body = {"credential": token, "caveats": [{"type": "MaxDepth", "blocks": 0}]}
    problem(ask(api, "attenuate", body), 400, "BAD_REQUEST")


def test_inspect_200_reads_without_verifying(api, forge):
    key_id, secret = api.issue(scopes=["a"])
    token = forge.tail(api.narrow(secret, Scopes(("a",)), Budget("USD", 5, 60)))
    told = ask(api, "inspect", {"credential": token}).json()
    assert told["verified"] is False
    head = told["unverified_header"]
    assert head["type"] == "key" and head["key_id"] == key_id
    assert told["unverified_blocks"] == [
        {
            "caveats": [
                {"type": "Scopes", "scopes": ["a"]},
                {"type": "Budget", "unit": "USD", "limit": 5, "window_s": 60},
            ],
            "problem": None,
        }
    ]
    grant = ask(api, "inspect", {"credential": api.derive(secret, audiences=["x"])}).json()
    assert grant["unverified_header"]["audiences"] == ["x"]


def test_inspect_200_of_a_header_that_anybody_may_write_is_never_an_error_of_ours(api):
    latest = 2**63 - 1
    grant = header.GrantHeader(
        255,
        2**32 - 1,
        bytes(16),
        latest,
        latest,
        bytes(16),
        latest,
        latest,
        "",
        (),
        None,
        None,
        b"",
    )
    for head in (grant, header.KeyHeader(1, 0, bytes(16), latest)):
        token = text_.encode("mz_mc", join(header.encode(head), [b"\xc1"], bytes(32)))
        answer = ask(api, "inspect", {"credential": token})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["unverified_header"]["issue_time"] == "9999-12-31T23:59:59Z"
        assert told["unverified_blocks"][0]["problem"]


def test_inspect_400_for_what_is_no_token(api, problem):
    for body in ({}, {"credential": ""}, {"credential": "junk"}, {"credential": 5}, b"x"):
        problem(ask(api, "inspect", body), 400, "BAD_REQUEST")


def test_explain_200_names_every_check_that_says_no_and_spends_nothing(api, forge):
    _, secret = api.issue(scopes=["a"])
    token = api.narrow(secret, Tools(("db",)), Budget("calls", 1, 60), Window(0, 1_800_000_100))
    body = {"credential": token, "context": {"tool": "rm"}, "at": 1_800_000_100}
    told = ask(api, "explain", body, key="").json()
    refusing = [step["name"] for step in told["steps"] if not step["allows"]]
    assert told["allowed"] is False and refusing == ["Tools", "Window"]
    body = {"credential": token, "context": {"tool": "db"}}
    for _ in range(3):
        assert ask(api, "explain", body, key="").json()["allowed"] is True
    assert api.code(token, context={"tool": "db"}) == "ok"
    strangers = {"junk": "lookup", forge.tail(token): "chain", forge.unknown(api): "chain"}
    for credential, check in strangers.items():
        told = ask(api, "explain", {"credential": credential}, key="").json()
        assert told["allowed"] is False and [step["check"] for step in told["steps"]] == [check]


def test_explain_200_refuses_what_verify_refuses_for_a_spent_budget_and_says_until_when(api, clock):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 2, 60), Budget("USD", 50, 600))
    context = {"amount": {"currency": "USD", "minor": 20}}
    body = {"credential": token, "context": context}

    def refusals(**more):
        told = ask(api, "explain", body | more, key="").json()
        found = [step for step in told["steps"] if not step["allows"]]
        assert told["allowed"] is (not found)
        return [(step["name"], step["index"], step["reason"]) for step in found]

    assert refusals() == []
    assert [api.code(token, context=context) for _ in range(3)] == ["ok", "ok", "RATE_LIMITED"]
    for _ in range(2):
        assert refusals() == [
            ("Budget", 0, "2 of 2 calls are spent until 2027-01-15T08:01:00Z"),
            ("Budget", 1, "40 of 50 USD are spent until 2027-01-15T08:10:00Z"),
        ]
    assert refusals(at="2027-01-15T08:01:00Z")[0][1] == 1
    assert refusals(at=int(clock.now) + 600) == []
    clock.forward(600)
    assert refusals() == [] and api.code(token, context=context) == "ok"


def test_explain_200_takes_the_moment_as_everywhere_else_or_in_unix_seconds(api):
    _, secret = api.issue(ttl="1h")
    for at in ("2027-01-15T09:00:00Z", 1_800_003_600):
        told = ask(api, "explain", {"credential": secret, "at": at}, key="").json()
        assert told["allowed"] is False


@pytest.mark.parametrize(
    "body", [{}, {"credential": "x", "at": -1}, {"credential": "x", "at": 2**40}, {"at": "now"}]
)
def test_explain_400_for_bad_input(api, problem, body):
    problem(ask(api, "explain", body, key=""), 400, "BAD_REQUEST")


def test_revoke_200_kills_the_last_link_and_below_and_never_above_or_beside(api):
    _, secret = api.issue()
    grant, sister = api.derive(secret), api.derive(secret)
    child, sibling = api.narrow(grant), api.narrow(grant)
    grandchild = api.narrow(child)
    assert kill(api, child).json()["revoked"] == "block"
    assert [api.code(each) for each in (child, grandchild)] == ["REVOKED"] * 2
    assert [api.code(each) for each in (secret, grant, sister, sibling)] == ["ok"] * 4
    assert kill(api, grant).json()["revoked"] == "grant"
    assert [api.code(each) for each in (grant, sibling)] == ["REVOKED"] * 2
    assert [api.code(each) for each in (secret, sister)] == ["ok"] * 2
    assert kill(api, secret).json()["revoked"] == "key"
    assert [api.code(each) for each in (secret, sister)] == ["REVOKED"] * 2
    api.reopen()
    assert {api.code(each) for each in (secret, grant, sister, child, sibling)} == {"REVOKED"}


def test_revoke_200_is_idempotent_also_at_once_and_writes_one_entry(api):
    _, secret = api.issue()
    for token in (api.narrow(secret), api.derive(secret), secret):
        before = len(api.log())
        sent = [api.send("POST", TOKENS + "revoke", {"credential": token}) for _ in range(6)]
        answers = [answer.json() for answer in api.together(*sent)]
        assert sorted(answer["already_revoked"] for answer in answers) == [False] + [True] * 5
        assert kill(api, token).json()["revision"] is None
        assert len(api.log()) == before + 1


def test_revoke_200_of_an_expired_token_that_is_good_for_nothing_else(api, clock):
    _, secret = api.issue(ttl="60s")
    token = api.narrow(secret, Window(0, 1_800_000_010))
    clock.forward(30)
    assert api.code(token) == "EXPIRED"
    assert kill(api, token).json()["already_revoked"] is False


def test_revoke_200_of_a_leaked_admin_key_ends_its_rights_at_once(api, problem):
    key = api.admin_key("marzipan:read")
    assert api.call("GET", ISSUED, key=key).status_code == 200
    assert kill(api, key).json()["revoked"] == "key"
    problem(api.call("GET", ISSUED, key=key), 401, "UNAUTHORIZED")


def test_revoke_403_for_a_public_key_that_everybody_holds(api, problem):
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    problem(kill(api, public), 403, "FORBIDDEN")
    problem(kill(api, seal(public)), 403, "FORBIDDEN")
    problem(kill(api, api.narrow(public)), 403, "FORBIDDEN")
    assert api.code(public) == "ok" and api.log() == []


def test_revoke_404_for_what_was_not_made_here(api, forge, problem):
    _, secret = api.issue()
    for credential in ("", "junk", forge.tail(secret), forge.unknown(api), forge.foreign()):
        problem(kill(api, credential), 404, "NOT_FOUND")
    assert api.log() == []


def test_revoke_429_past_the_daily_limit_of_one_key_but_never_for_the_key_itself(
    api, clock, problem, monkeypatch
):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 3)
    _, secret = api.issue()
    _, other = api.issue()
    tokens = [api.narrow(secret) for _ in range(5)]
    for token in (*tokens[:3], tokens[0]):
        assert kill(api, token).status_code == 200
    problem(kill(api, tokens[3]), 429, "TOO_MANY_REQUESTS")
    assert api.code(tokens[3]) == "ok" and len(api.log()) == 3
    assert kill(api, api.narrow(other)).status_code == 200
    clock.forward(86_400)
    assert kill(api, tokens[3]).status_code == 200
    assert kill(api, secret).status_code == 200
    assert api.code(tokens[4]) == "REVOKED"


def test_revoke_400_for_bad_input(api, problem):
    for body in ({}, {"credential": None}, {"credential": "x" * 8193}, [], b"{"):
        problem(ask(api, "revoke", body), 400, "BAD_REQUEST")
