"""POST /v1/tokens:inspect, 200: what it answers."""

from engine import header
from engine import text as text_
from engine.caveats import Budget, Scopes
from engine.envelope import join
from tests.server.routes.tokens import ask


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
