"""Forms are read in one way only."""

from typing import ClassVar
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
    required: ClassVar = ("name",)

    name: str = ""
    other: str = ""
    many: tuple[str, ...] = ()


def read(body: bytes, kind: bytes = b"application/x-www-form-urlencoded", type_=Form):
    headers = {b"content-type": kind}
    return decode_form(type_, Request(method="POST", path="/", body=body, headers=headers))


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


def test_what_is_not_known_is_ignored_or_refused_as_the_struct_says():
    assert read(b"&&name=a+b%2Bc&&unknown=%E2%82%AC&required=x") == Form("a b+c")

    class Strict(msgspec.Struct, forbid_unknown_fields=True):
        required: ClassVar = ("name",)
        name: str = ""

    for name in ("unknown", "required", "client_ip"):
        with pytest.raises(Problem, match=f"{name} is not known here; there are name"):
            read(f"name=a&{name}=x".encode(), type_=Strict)


def test_a_refusal_repeats_nothing_of_what_was_sent():
    for body in (b"name=a&s%20ecret=1&s%20ecret=1", b"name=sec%zzret", b"name=%ffsecret"):
        with pytest.raises(Problem) as refused:
            read(body)
        assert "ecret" not in refused.value.message and "ret" not in refused.value.message
