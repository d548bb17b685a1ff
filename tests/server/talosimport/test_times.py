"""Guarantee: every spelling that Talos writes reads as its moment, and nothing else does."""

import pytest

from server.problems import Problem
from server.talosimport.times import to_ms

MOMENT = 1_800_000_000_000


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        (b"2027-01-15 08:00:00.123456789 +0000 UTC m=+0.042311", MOMENT + 123),
        (b"2027-01-15 08:00:00 +0000 UTC", MOMENT),
        (b"2027-01-15 11:30:00.5 +0330 +0330 m=-17.2", MOMENT + 500),
        (b"2027-01-15 09:00:00.05 +0100 CET", MOMENT + 50),
        (b"2027-01-15 08:00:00.999999999+00:00", MOMENT + 999),
        (b"2027-01-15 03:00:00-05:00", MOMENT),
        (b"2027-01-15T08:00:00Z", MOMENT),
        (b"2027-01-15 08:00:00", MOMENT),
        (1_800_000_000, MOMENT),
        (0, 0),
        (None, None),
    ],
)
def test_a_time_is_read(value: object, ms: int | None) -> None:
    assert to_ms("created_at", value) == ms


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"now",
        b"2027-01-15",
        b"2027-13-15 08:00:00",
        b"2027-01-15 08:00:00 +9900",
        b"0001-01-01 00:00:00 +0000 UTC",
        b"1969-12-31 23:59:59",
        "2027-01-15 08:00:00\u0661".encode(),
        b"2027-01-15 08:00:00\n",
        -1,
        2**62,
        1.5,
    ],
)
def test_what_is_no_time_is_refused_by_its_column(value: object) -> None:
    with pytest.raises(Problem, match="^created_at must be"):
        to_ms("created_at", value)
