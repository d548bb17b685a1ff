"""A warning that is said often: one line a second, with the count of those between."""

import logging

import pytest

from server.seldom import MOST, Seldom


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_is_one_line_a_second_with_the_count_of_those_between(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    seldom = Seldom(logging.getLogger("t"), clock)
    for second in range(3):
        for number in range(500):
            clock.now = 100 + second + number / 500
            seldom.warn("busy", f"r-{number}")
    assert [each.getMessage() for each in caplog.records] == [
        "busy",
        "busy (499 more since the last such line)",
        "busy (499 more since the last such line)",
    ]
    assert {each.levelno for each in caplog.records} == {logging.WARNING}
    assert {vars(each)["request_id"] for each in caplog.records} == {"r-0"}


def test_another_message_is_said_at_once_and_few_are_remembered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seldom = Seldom(logging.getLogger("t"), Clock())
    for number in range(3 * MOST):
        seldom.warn(f"busy {number}", "r")
        seldom.warn(f"busy {number}", "r")
    assert len(caplog.records) == 3 * MOST
    assert len(seldom._said) == MOST
