"""Guarantees of server/timestamps.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.problems import Problem
from server.timestamps import from_ms, from_seconds, to_ms, to_seconds

LAST_MS = 253_402_300_799_999  # the end of year 9999


@given(st.integers(0, LAST_MS))
def test_milliseconds_survive_the_round_trip(ms: int) -> None:
    assert to_ms(from_ms(ms), "at") == ms


@given(st.integers(0, LAST_MS // 1000))
def test_seconds_survive_the_round_trip_and_have_no_fraction(seconds: int) -> None:
    assert "." not in from_seconds(seconds)
    assert to_seconds(from_seconds(seconds), "at") == seconds


def test_times_are_written_in_utc_with_z() -> None:
    assert from_seconds(1_800_000_000) == "2027-01-15T08:00:00Z"
    assert from_ms(1_800_000_000_250) == "2027-01-15T08:00:00.250Z"


def test_an_offset_and_nanoseconds_are_read() -> None:
    assert to_ms("2027-01-15T09:00:00.123456789+01:00", "at") == 1_800_000_000_123


@pytest.mark.parametrize(
    "text",
    ["", "2027-01-15", "2027-01-15 08:00:00Z", "2027-01-15T08:00:00", "2027-13-15T08:00:00Z"]
    + ["2027-01-15T08:00:60Z", "0001-01-01T00:00:00+23:59", "2027-W03-5T08:00:00Z", "now"],
)
def test_anything_but_rfc_3339_is_a_400_that_names_the_field(text: str) -> None:
    with pytest.raises(Problem, match="expire_time must be an RFC 3339 time"):
        to_seconds(text, "expire_time")
