"""Introspection: who is not let in, and that Basic is taken on the OAuth routes alone."""

import base64
import logging

import pytest

from tests.server.routes.oauthcalls import INTROSPECT, TOKEN, basic, post, refused


@pytest.mark.parametrize("path", [INTROSPECT, TOKEN])
def test_without_a_good_admin_key_nobody_is_let_in(api, forge, path):
    _, ordinary = api.issue(scopes=["*"])
    headers = [
        {},
        {"authorization": "Bearer x"},
        {"authorization": "Digest " + api.admin},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        basic("%zz" + api.admin, encode=str),
        basic("%ff", encode=str),
        {"authorization": "Basic " + base64.b64encode(api.admin.encode()).decode()},
        {"authorization": "Basic " + base64.b64encode(f"{api.admin}:".encode()).decode()},
        *map(basic, (ordinary, forge.foreign(tenant="marzipan"), forge.tail(api.admin))),
        basic(api.derive(ordinary)),
        basic(api.derive(ordinary, algorithm="TOKEN_ALGORITHM_JWT")),
    ]
    for each in headers:
        answer = post(api, path, {"token": "x"}, headers=each, key=None)
        refused(answer, 401, "invalid_client")
        schemes = answer.headers.get_list("www-authenticate")
        assert [one.split()[0] for one in schemes] == ["Bearer", "Basic"]


def test_a_secret_in_the_form_lets_nobody_in(api):
    fields = {"token": "x", "client_id": "rs", "client_secret": api.admin}
    refused(post(api, INTROSPECT, fields, key=None), 401, "invalid_client")


def test_basic_is_taken_on_no_other_route(api, problem):
    answer = api.call("GET", "/v2alpha1/admin/issuedApiKeys", headers=basic(api.admin))
    problem(answer, 401, "UNAUTHORIZED")
    assert answer.headers.get_list("www-authenticate") == ['Bearer realm="marzipan"']


def test_a_revoked_admin_key_is_refused_at_the_next_request(api):
    verifier = api.admin_key("marzipan:verify")
    call = {"headers": basic(verifier), "key": None}
    assert post(api, INTROSPECT, {"token": "x"}, **call).status_code == 200
    api.call("POST", "/v1/tokens:revoke", {"credential": verifier}, key=None)
    refused(post(api, INTROSPECT, {"token": "x"}, **call), 401, "invalid_client")


def test_no_secret_of_a_form_or_of_basic_reaches_the_log(api, caplog):
    _, secret = api.issue()
    with caplog.at_level(logging.DEBUG):
        for headers in (basic(api.admin), basic("wrong" + api.admin)):
            post(api, INTROSPECT, {"token": secret}, headers=headers, key=None)
            post(api, TOKEN, {"subject_token": secret}, headers=headers, key=None)
            post(api, "/v1/oauth2/revoke", {"token": secret}, key=None)
    told = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "/v1/oauth2/introspect" in told
    encoded = basic(api.admin)["authorization"].split()[1]
    for hidden in (secret, api.admin, secret[6:60], api.admin[6:60], encoded[:40]):
        assert hidden not in told
