"""What may be forgotten is bounded by what has certainly passed, not by the clock alone."""

import logging

from server.forgetting import SLACK_S, Forgetting, boot_time

DAY = 86_400


class Ticks:
    """A clock that nobody sets; a test moves it."""

    now = 500.0

    def __call__(self) -> float:
        return self.now


def test_a_clock_that_runs_true_is_believed_to_the_second():
    ticks = Ticks()
    forgetting = Forgetting(1000, ticks)
    assert forgetting.until(1000) == 1000
    ticks.now += 10 * DAY
    assert forgetting.until(1000 + 10 * DAY) == 1000 + 10 * DAY


def test_a_clock_that_jumps_ahead_is_believed_for_the_slack_alone_and_said_once(caplog):
    ticks = Ticks()
    forgetting = Forgetting(1000, ticks)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert forgetting.until(1000 + 1000 * DAY) == 1000 + SLACK_S
    assert len(caplog.records) == 1 and "check it" in caplog.text
    ticks.now += 60
    assert forgetting.until(1000 + 1000 * DAY) == 1060 + SLACK_S
    assert forgetting.until(1000) == 1000


def test_a_clock_behind_forgets_less():
    assert Forgetting(1000, Ticks()).until(10) == 10


def test_the_boot_clock_runs_and_only_forwards():
    first = boot_time()
    assert first > 0 and boot_time() >= first
