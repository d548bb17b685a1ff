"""POST /v1/tokens:revoke, 400: bad input, refused by field and rule."""

from tests.server.routes.tokens import ask


def test_revoke_400_for_bad_input(api, problem):
    for body in ({}, {"credential": None}, {"credential": "x" * 8193}, [], b"{"):
        problem(ask(api, "revoke", body), 400, "BAD_REQUEST")
