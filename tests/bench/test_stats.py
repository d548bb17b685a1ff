"""The statistics of the bench say what they claim."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import Interval, bootstrap, geometric_mean, percentile, slope, verdict

values = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=50)


@given(values)
def test_the_middle_percentile_is_the_median(some: list[float]) -> None:
    assert percentile(some, 50) == pytest.approx(statistics.median(some))


@given(values, st.floats(0, 100), st.floats(0, 100))
def test_percentiles_grow_and_stay_within_what_was_measured(some, one, other) -> None:
    low, high = sorted((one, other))
    assert min(some) <= percentile(some, low) <= percentile(some, high) * (1 + 1e-12)
    assert percentile(some, high) <= max(some)


@pytest.mark.parametrize("wrong", [([], 50), ([1.0], -1), ([1.0], 101)])
def test_a_percentile_of_nothing_or_beyond_all_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(*wrong)


@given(st.lists(st.floats(0.001, 1e6), min_size=2, max_size=50))
def test_a_slope_is_that_of_a_linear_regression(some: list[float]) -> None:
    known = statistics.linear_regression(range(len(some)), some).slope
    assert slope(some) == pytest.approx(known, abs=1e-6 * max(some))
    assert slope(some[:1]) == 0


def test_a_ratio_and_its_reverse_have_the_mean_one() -> None:
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)


def test_a_slowdown_of_a_tenth_is_seen_through_noise_of_some_percent() -> None:
    noise = (0.97, 1.0, 1.03, 0.99, 1.02, 0.98, 1.01)
    found = bootstrap([[1.1 * part for part in noise]] * 6)
    assert found.low < 1.1 < found.high
    assert verdict(found) == "slower"


def test_no_slowdown_is_claimed_where_there_is_only_noise() -> None:
    found = bootstrap([[0.9, 1.1, 1.0, 0.95, 1.05]] * 6)
    assert found.low <= 1.0 <= found.high
    assert verdict(found) in ("the same", "not known")


def test_processes_that_differ_widen_the_interval_more_than_rounds_that_do() -> None:
    ratios = [0.8, 0.9, 1.0, 1.1, 1.2] * 2
    within = bootstrap([ratios, ratios])
    between = bootstrap([[one] * 4 for one in ratios[:5]])
    assert between.high - between.low > within.high - within.low


def test_the_same_ratios_have_the_same_interval_always() -> None:
    groups = [[1.0, 1.1, 0.9], [1.2, 1.0]]
    assert bootstrap(groups) == bootstrap(groups)


def test_groups_without_a_ratio_are_refused() -> None:
    with pytest.raises(ValueError, match="group"):
        bootstrap([[1.0], []])


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (Interval(1.1, 1.03, 1.2), "slower"),
        (Interval(0.9, 0.8, 0.97), "faster"),
        (Interval(1.0, 0.99, 1.01), "the same"),
        (Interval(1.0, 0.5, 2.0), "not known"),
        (Interval(1.015, 1.005, 1.03), "not known"),
    ],
)
def test_a_verdict_needs_the_whole_interval(interval: Interval, said: str) -> None:
    assert verdict(interval) == said
