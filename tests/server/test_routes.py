"""Guarantees of server/routes.py and server/query.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.asgi import Request, Response
from server.keyids import key_id_text, parse_key_id
from server.openapi.operation import Operation
from server.problems import Problem
from server.query import integer, parse_query
from server.routes import Route, Routes

KEYS = "/v2alpha1/admin/issuedApiKeys"
ANY = Operation(id="any", summary="", answers={200: None})


async def handler(request: Request) -> Response:
    return Response(200)


TABLE = [
    ("POST", KEYS),
    ("GET", KEYS),
    ("GET", KEYS + "/{key_id}"),
    ("PATCH", KEYS + "/{key_id}"),
    ("POST", KEYS + "/{key_id}:rotate"),
    ("POST", KEYS + "/{key_id}:revoke"),
    ("POST", "/v2alpha1/admin/apiKeys:verify"),
    ("POST", "/v1/actors/{actor_id}:revoke"),
    ("GET", "/v1/keys/{key_id}/lineage"),
]
ROUTES = Routes(Route(method, template, handler, ANY) for method, template in TABLE)


@pytest.mark.parametrize(("method", "template"), TABLE)
def test_every_route_of_the_table_is_found_by_its_own_path(method: str, template: str) -> None:
    found = ROUTES.match(method, template.replace("{key_id}", "abc").replace("{actor_id}", "abc"))
    assert (found.route.method, found.route.template) == (method, template)
    assert set(found.params.values()) <= {"abc"}


@pytest.mark.parametrize(
    "path",
    ["", "/", KEYS + "/", KEYS + "/a/b", "/" + KEYS, KEYS + "x", KEYS + "/abc:explode"]
    + [KEYS + "/:rotate", "/v2alpha1/admin/apiKeys:Verify", "/v2alpha1/admin/apiKeys%3Averify"]
    + ["*"],
)
def test_an_unknown_path_is_a_404(path: str) -> None:
    with pytest.raises(Problem) as caught:
        ROUTES.match("POST", path)
    assert (caught.value.http, caught.value.reason) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", KEYS, b"GET, HEAD, POST"),
        ("POST", KEYS + "/abc", b"GET, HEAD, PATCH"),
        ("GET", KEYS + "/abc:rotate", b"POST"),
        ("HEAD", "/v2alpha1/admin/apiKeys:verify", b"POST"),
        ("OPTIONS", KEYS, b"GET, HEAD, POST"),
        ("get", KEYS, b"GET, HEAD, POST"),
    ],
)
def test_a_known_path_with_another_method_is_a_405_that_says_what_is_allowed(
    method: str, path: str, allow: bytes
) -> None:
    with pytest.raises(Problem) as caught:
        ROUTES.match(method, path)
    assert caught.value.http == 405
    assert caught.value.headers == ((b"allow", allow),)


def test_head_is_answered_by_the_get_route() -> None:
    assert ROUTES.match("HEAD", KEYS + "/abc").route.method == "GET"


def test_the_verb_is_what_follows_the_last_colon() -> None:
    assert ROUTES.match("POST", "/v1/actors/user:42:revoke").params == {"actor_id": "user:42"}


def test_an_encoded_segment_is_decoded_once() -> None:
    params = ROUTES.match("POST", "/v1/actors/a%2Fb%3A%252e%C3%A9:revoke").params
    assert params == {"actor_id": "a/b:%2eé"}


@pytest.mark.parametrize("raw", ["%", "%4", "%zz", "%FF", "a%00b"])
def test_a_segment_that_does_not_decode_strictly_is_a_400_naming_the_parameter(raw: str) -> None:
    with pytest.raises(Problem, match="^key_id must") as caught:
        ROUTES.match("GET", f"{KEYS}/{raw}")
    assert caught.value.http == 400


@given(st.text(), st.text())
def test_no_path_raises_anything_but_a_problem(method: str, tail: str) -> None:
    for path in (tail, f"{KEYS}/{tail}", f"{KEYS}/{tail}:rotate"):
        try:
            ROUTES.match(method, path)
        except Problem as problem:
            assert problem.http in (400, 404, 405)


def test_the_same_route_twice_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="given twice"):
        Routes([Route("GET", "/a", handler, ANY), Route("GET", "/a", handler, ANY)])


def test_query_names_are_read_in_both_spellings() -> None:
    assert parse_query(b"pageSize=5&page_token=a%20b+c&&x") == {
        "page_size": "5",
        "page_token": "a b c",
        "x": "",
    }


@pytest.mark.parametrize("raw", [b"a=1&a=2", b"pageSize=1&page_size=2", b"a=%", b"a=%FF", b"%00"])
def test_an_ambiguous_or_undecodable_query_is_a_400(raw: bytes) -> None:
    with pytest.raises(Problem) as caught:
        parse_query(raw)
    assert caught.value.http == 400


@given(st.binary())
def test_no_query_raises_anything_but_a_problem(raw: bytes) -> None:
    try:
        parse_query(raw)
    except Problem as problem:
        assert problem.http == 400


def test_a_number_in_the_query_is_a_number_or_a_400() -> None:
    assert integer({}, "page_size", 50) == 50
    assert integer({"page_size": ""}, "page_size", 50) == 50
    assert integer({"page_size": "-3"}, "page_size", 50) == -3
    for text in ("x", "1.5", "1" * 10, "٣", "1\n"):
        with pytest.raises(Problem, match="page_size must be a whole number"):
            integer({"page_size": text}, "page_size", 50)


@given(st.binary(min_size=16, max_size=16))
def test_a_key_id_reads_back_from_its_one_spelling(key_id: bytes) -> None:
    text = key_id_text(key_id)
    assert parse_key_id(text) == key_id
    for other in (text.replace("-", ""), "{" + text + "}", text + "\n", text[:-1]):
        with pytest.raises(Problem) as caught:
            parse_key_id(other)
        assert caught.value.http == 404
