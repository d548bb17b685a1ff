"""POST /v1/tokens:explain, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.tokens import ask


@pytest.mark.parametrize(
    "body", [{}, {"credential": "x", "at": -1}, {"credential": "x", "at": 2**40}, {"at": "now"}]
)
def test_explain_400_for_bad_input(api, problem, body):
    problem(ask(api, "explain", body, key=""), 400, "BAD_REQUEST")
