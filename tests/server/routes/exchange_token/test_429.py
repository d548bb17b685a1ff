"""Token exchange: a form that is too large."""

from server.urlencoded import LIMIT
from tests.server.routes.oauthcalls import TOKEN, post, refused


def test_a_form_over_the_limit_is_refused(api):
    refused(post(api, TOKEN, b"x=" + b"y" * (LIMIT - 2)), 400, "invalid_request")
    refused(post(api, TOKEN, b"x=" + b"y" * (LIMIT - 1)), 429, "invalid_request")
