"""POST /v1/tokens:attenuate, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.tokens import ask


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
