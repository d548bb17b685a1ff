"""Forms are read in one way only."""

from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.asgi import Request
from server.problems import Problem
from server.urlencoded import PARAMETERS, decode_form, parse_form

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


class Form(msgspec.Struct):
    name: str
    other: str = ""
    many: tuple[str, ...] = ()


def read(body: bytes, kind: bytes = b"application/x-www-form-urlencoded"):
    return decode_form(
        Form, Request(method="POST", path="/", body=body, headers={b"content-type": kind})
    )


@given(st.lists(st.tuples(TEXTS.filter(bool), TEXTS), max_size=PARAMETERS))
def test_what_the_standard_library_writes_is_read_back_in_order(pairs):
    form = parse_form(urlencode(pairs).encode())
    assert {name: [v for n, v in pairs if n == name] for name, _ in pairs} == form


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_others_read_them_or_refused(body):
    try:
        form = parse_form(body)
    except Problem as problem:
        assert problem.http == 400 and problem.metadata["field"] == "form"
        return
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="utf-8")
    told: dict[str, list[str]] = {}
    for name, value in pairs:
        told.setdefault(name, []).append(value)
    if body.isascii():
        assert form == told


def test_a_parameter_may_repeat_only_where_it_is_a_list():
    assert read(b"name=a&many=1&many=2&many=") == Form("a", "", ("1", "2", ""))
    for body in (b"name=a&name=a", b"name=a&other=&other=", b"name=a&x=1&x=2"):
        with pytest.raises(Problem, match="must be given only once"):
            read(body)


def test_what_is_required_must_be_there_and_not_empty():
    for body in (b"", b"other=x", b"name=", b"name"):
        with pytest.raises(Problem, match="name is required"):
            read(body)
    assert read(b"&&name=a+b%2Bc&&unknown=%E2%82%AC") == Form("a b+c")


def test_a_refusal_repeats_nothing_of_what_was_sent():
    for body in (b"name=a&s%20ecret=1&s%20ecret=1", b"name=sec%zzret", b"name=%ffsecret"):
        with pytest.raises(Problem) as refused:
            read(body)
        assert "ecret" not in refused.value.message and "ret" not in refused.value.message
