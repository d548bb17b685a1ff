"""What is not read: bodies of who may not send one, of who need send none, and encoded ones."""

import asyncio

import pytest

from server.app import BATCH_LIMIT, PUBLIC_LIMIT, create_app
from server.body import LIMIT
from server.urlencoded import LIMIT as FORM_LIMIT

ISSUED = "/v2alpha1/admin/issuedApiKeys"


def exchange(api, method, path, headers, body=b"{}"):
    """The answer's status, and how many times the body was asked for before it began."""
    asked, sent = [], []

    async def receive():
        asked.append(len(sent))
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "client": ("127.0.0.1", 5)}
    scope |= {"headers": headers, "query_string": b""}
    api.run(asyncio.wait_for(create_app(api.node)(scope, receive, send), 20))
    return sent[0]["status"], asked.count(0)


def test_the_body_of_a_caller_who_is_not_admitted_is_never_read(api):
    admitted = [(b"authorization", f"Bearer {api.admin}".encode())]
    for route in api.table():
        path = route.template.replace("{key_id}", "x")
        if route.admit is not None:
            for headers in ([], [(b"authorization", b"Bearer x")]):
                assert exchange(api, route.method, path, headers) == (401, 0), path
            status, asked = exchange(api, route.method, path, admitted)
            assert status != 401 and asked == (route.method != "GET")


def test_no_body_is_read_where_it_would_say_nothing(api):
    for path in ("/v1/verify", "/v1/verify/x", "/health/alive", "/version"):
        status, asked = exchange(api, "GET", path, [(b"content-encoding", b"gzip")])
        assert status in (200, 401) and asked == 0


def test_whoever_is_nobody_may_send_less_than_an_administrator(api, problem):
    for route in api.table():
        if route.method in ("POST", "PATCH"):
            limit = LIMIT if route.admit else PUBLIC_LIMIT
            if route.operation.form:
                limit = FORM_LIMIT
            if route.template.endswith(":batchRevoke"):
                limit = BATCH_LIMIT
            assert route.body_limit == limit and BATCH_LIMIT < LIMIT
    large = b'{"credential":"%s"}' % (b"x" * PUBLIC_LIMIT)
    problem(api.call("POST", "/v1/tokens:inspect", large, key=None), 429, "REQUEST_TOO_LARGE")
    assert api.call("POST", ISSUED, b'{"x":"%s"}' % (b"x" * PUBLIC_LIMIT)).status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x"])
def test_an_encoded_body_is_a_400_and_not_taken_for_what_it_is_not(api, problem, encoding):
    answer = api.call("POST", ISSUED, b"{}", headers={"Content-Encoding": encoding})
    assert problem(answer, 400)["metadata"]["field"] == "header content-encoding"
    plain = api.call("POST", ISSUED, b"{}", headers={"Content-Encoding": "Identity"})
    assert plain.status_code == 201
