"""Introspection: malformed forms are refused by name and rule, in OAuth's words."""

import pytest

from tests.server.routes.oauthcalls import FORM, INTROSPECT, post, refused

TOKEN = {"token": "x"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "token is required"),
        ({"token": ""}, "token is required"),
        ([("token", "x"), ("token", "x")], "token must be given only once"),
        ([("token", "x"), ("zz", "1"), ("zz", "1")], "zz is not known"),
        ({**TOKEN, "scop": "a"}, "scop is not known"),
        ({**TOKEN, "Scope": "a"}, "parameter is not known"),
        ({**TOKEN, "scope": " "}, "scope must not be empty"),
        ({**TOKEN, "scope": " ".join(["a"] * 33)}, "scope must have at most 32"),
        ({**TOKEN, "client_ip": "host"}, "client_ip must be an IPv4"),
        ({**TOKEN, "method": "G T"}, "method must be"),
        ({**TOKEN, "amount_minor": "1"}, "amount_currency and amount_minor"),
        ({**TOKEN, "amount_currency": "USD", "amount_minor": "49.99"}, "amount_minor must be"),
        ({**TOKEN, "amount_currency": "", "amount_minor": "1"}, "amount_currency must not be"),
        ({**TOKEN, "audience": ["a"] * 17}, "audience must have at most 16"),
        ({**TOKEN, "client_secret": "s"}, "client_secret must not be in a form"),
        (b"token=%zz", "form must be percent-encoded"),
        (b"token=%ff", "form must be UTF-8"),
        (b"token=%00", "form must not contain a NUL"),
        (b"&".join([b"token=x"] + [b"a=1"] * 64), "form must have at most 64 parameters"),
    ],
)
def test_the_parameter_and_the_rule_are_named(api, fields, named):
    assert refused(post(api, INTROSPECT, fields), 400, "invalid_request").startswith(named)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", FORM + "; charset=latin1"])
def test_the_content_type_must_be_that_of_a_form(api, kind):
    told = refused(post(api, INTROSPECT, TOKEN, kind=kind), 400, "invalid_request")
    assert FORM in told
    assert post(api, INTROSPECT, TOKEN, kind=FORM.upper() + ';charset="UTF-8"').status_code == 200


def test_a_token_in_the_query_is_not_read(api):
    refused(post(api, INTROSPECT + "?token=x"), 400, "invalid_request")


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_without_admin_auth_a_form_of_a_browser_is_refused(open_api, header):
    api = open_api(insecure_no_admin_auth=True)
    assert post(api, INTROSPECT, TOKEN, key=None).json() == {"active": False}
    answer = post(api, INTROSPECT, TOKEN, key=None, headers={header: "null"})
    refused(answer, 400, "invalid_request")
