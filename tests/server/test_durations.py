"""Guarantees of server/durations.py."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.durations import MAXIMUM, format_duration, format_seconds, parse_duration, parse_window
from server.problems import Problem

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mo": 2_592_000, "y": 31_536_000}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600s", 3600),
        ("24h", 86_400),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5m", 30),
        ("1.s", 1),
        ("7d", 604_800),
        ("1w", 604_800),
        ("1mo", 30 * 86_400),
        ("1y", 365 * 86_400),
        ("1y6mo", 545 * 86_400),
        ("1500ms", 1),
        ("1m1ms", 60),
        ("1000000us", 1),
        ("1000000µs", 1),
        ("1000000000ns", 1),
        ("315360000s", MAXIMUM),
        ("10y", MAXIMUM),
    ],
)
def test_every_talos_spelling_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "0", "1", "s", "-1s", "+1s", "1 h", " 1h", "1h ", "1H", "1.2.3s", "1e3s", "٣s", "1h30"]
    + ["0s", "999ms", "315360001s", "11y", "1s" * 40, "1.", ".s", "1h\n", "nan", "infs"],
)
def test_anything_else_and_anything_out_of_bounds_is_a_400_that_names_field_and_rule(
    text: str,
) -> None:
    with pytest.raises(Problem) as caught:
        parse_duration(text, "ttl")
    assert caught.value.http == 400
    assert caught.value.metadata["field"] == "ttl"
    assert caught.value.metadata["rule"]


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from(sorted(UNITS))), min_size=1))
def test_a_compound_is_the_sum_of_its_terms(terms: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in terms)
    total = sum(number * UNITS[unit] for number, unit in terms)
    if len(text) <= 64 and 1 <= total <= MAXIMUM:
        assert parse_duration(text) == total
    else:
        with pytest.raises(Problem):
            parse_duration(text)


@given(st.decimals(min_value=1, max_value=1000, places=9))
def test_a_fraction_of_a_second_is_cut_off_exactly(number: object) -> None:
    assert parse_duration(f"{number}s") == int(Fraction(str(number)))


@given(st.text(max_size=80))
def test_no_text_raises_anything_but_a_problem(text: str) -> None:
    for parse in (parse_duration, parse_window):
        try:
            assert 1 <= parse(text) <= MAXIMUM
        except Problem as problem:
            assert problem.http == 400


@given(st.integers(1, MAXIMUM))
def test_a_window_reads_back_as_it_was_written(seconds: int) -> None:
    assert parse_window(format_seconds(seconds)) == seconds


@pytest.mark.parametrize("text", ["1m", "1.5s", "60", "0s", "", "-1s", "60.0000000001s", "1d"])
def test_a_window_in_any_form_but_whole_protobuf_seconds_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="rate_limit_policy.window"):
        parse_window(text)


def test_a_grace_of_zero_is_allowed_where_the_caller_says_so() -> None:
    assert parse_duration("0s", "grace", minimum=0) == 0


@given(st.integers(0, MAXIMUM))
def test_a_duration_is_spelled_as_a_setting_reads_it(seconds):
    assert parse_duration(format_duration(seconds), minimum=0) == seconds


def test_a_duration_is_spelled_in_the_greatest_unit_that_leaves_no_rest():
    spelled = {365 * 86_400: "365d", 5_400: "90m", 7_200: "2h", 61: "61s", 86_401: "86401s"}
    assert {format_duration(seconds) for seconds in spelled} == set(spelled.values())
    assert all(format_duration(seconds) == text for seconds, text in spelled.items())
