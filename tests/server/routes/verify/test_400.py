"""POST /v2alpha1/admin/apiKeys:verify, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.paths import VERIFY


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"credential": 5}, "credential"),
        ({"credential": "x" * 8193}, "credential"),
        ({"credential": "a\0"}, "credential"),
        ({"expected_audiences": [""]}, "expected_audiences[0]"),
        ({"context": {"client_ip": "10.0.0"}}, "context.client_ip"),
        ({"context": {"client_ip": "fe80::1%eth0"}}, "context.client_ip"),
        ({"context": {"method": "GET /"}}, "context.method"),
        ({"context": {"scope": ["a"]}}, "context"),
        ({"context": {"scopes": [""]}}, "context.scopes[0]"),
        ({"context": {"amount": {"currency": "USD", "minor": -1}}}, "context.amount.minor"),
        ({"context": {"amount": {"currency": "", "minor": 1}}}, "context.amount.currency[0]"),
        ({"context": {"amount": {"currency": "USD"}}}, "context.amount"),
        ({"context": {"body_hash": "00"}}, "context.body_hash"),
        ({"context": {"binding": "é" * 43}}, "context.binding"),
        ({"context": {"path": "/" + "x" * 8192}}, "context.path"),
        ([], "body"),
    ],
)
def test_verify_400_names_the_field(api, problem, body, field):
    error = problem(api.call("POST", VERIFY, body), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field
