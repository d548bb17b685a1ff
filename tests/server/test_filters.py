"""Guarantees of server/filters.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.filters import ListFilter, parse_filter
from server.problems import Problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ListFilter()),
        ("  ", ListFilter()),
        ('actor_id="x"', ListFilter(actor="x")),
        ('actor_id = "a b"', ListFilter(actor="a b")),
        ("status=KEY_STATUS_ACTIVE", ListFilter(status="active")),
        ('status="KEY_STATUS_REVOKED"', ListFilter(status="revoked")),
        ('actor_id="x" AND status=KEY_STATUS_EXPIRED', ListFilter("x", "expired")),
        ('status=KEY_STATUS_ACTIVE AND actor_id="x"', ListFilter("x", "active")),
        (r'actor_id="say \"hi\" \\ AND"', ListFilter(actor='say "hi" \\ AND')),
    ],
)
def test_the_grammar_reads(text: str, expected: ListFilter) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('actor_id="x" OR status=KEY_STATUS_ACTIVE', "joined by AND"),
        ('actor_id="x" status=KEY_STATUS_ACTIVE', "joined by AND"),
        ('actor_id="x" AND', "joined by AND"),
        ('AND actor_id="x"', "joined by AND"),
        ('actor_id="x"AND status=KEY_STATUS_ACTIVE', "joined by AND"),
        ("actor_id=x", "joined by AND"),
        ('actor_id!="x"', "joined by AND"),
        ('name="x"', "joined by AND"),
        ("actor_id='x' --", "joined by AND"),
        ('actor_id="x', "joined by AND"),
        ('actor_id="x" AND actor_id="y"', "actor_id only once"),
        ("status=KEY_STATUS_ACTIVE AND status=KEY_STATUS_ACTIVE", "status only once"),
        ("status=KEY_STATUS_UNSPECIFIED", "KEY_STATUS_ACTIVE, KEY_STATUS_REVOKED"),
        ('actor_id="' + "x" * 2000 + '"', "at most 1024"),
    ],
)
def test_anything_else_is_a_400_that_names_the_rule(text: str, rule: str) -> None:
    with pytest.raises(Problem, match=rule) as caught:
        parse_filter(text)
    assert (caught.value.http, caught.value.metadata["field"]) == (400, "filter")


@given(st.text())
def test_any_actor_can_be_asked_for_by_escaping(actor: str) -> None:
    quoted = actor.replace("\\", "\\\\").replace('"', '\\"')
    if len(quoted) < 1000:
        assert parse_filter(f'actor_id="{quoted}"') == ListFilter(actor=actor)


@given(st.text() | st.text('actor_id"=AND statuKEYSE\\ '))
def test_no_text_raises_anything_but_a_problem(text: str) -> None:
    try:
        parse_filter(text)
    except Problem as problem:
        assert problem.http == 400
