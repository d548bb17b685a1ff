"""POST /v1/tokens:inspect, 400: bad input, refused by field and rule."""

from tests.server.routes.tokens import ask


def test_inspect_400_for_what_is_no_token(api, problem):
    for body in ({}, {"credential": ""}, {"credential": "junk"}, {"credential": 5}, b"x"):
        problem(ask(api, "inspect", body), 400, "BAD_REQUEST")
