"""The statistics of the bench: percentiles, and the ratio of two revisions with its confidence.

Times on a shared machine have a floor and a long tail upwards, so no mean of them is taken. The
floor (`min`) tells what the code costs, the median what one sees.
"""

import random
from collections.abc import Sequence
from math import exp, floor, log
from statistics import fmean
from typing import NamedTuple


class Interval(NamedTuple):
    """A ratio and the bounds within which it lies with the confidence asked for."""

    ratio: float
    low: float
    high: float


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` percent of them lie, interpolated. Raises ValueError."""
    if not values or not 0 <= part <= 100:
        raise ValueError("a percentile needs values, and a part from 0 to 100")
    ordered = sorted(values)
    place = (len(ordered) - 1) * part / 100
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def slope(values: Sequence[float]) -> float:
    """By how much they rise from one to the next, by least squares; 0 where there is but one."""
    middle = (len(values) - 1) / 2
    spread = sum((at - middle) ** 2 for at in range(len(values)))
    if not spread:
        return 0.0
    return sum((at - middle) * value for at, value in enumerate(values)) / spread


def geometric_mean(values: Sequence[float]) -> float:
    """The mean of ratios: of 2 and 1/2 it is 1. Raises ValueError where one is not above 0."""
    return exp(fmean(log(value) for value in values))


def median_log(groups: Sequence[Sequence[float]]) -> float:
    """The middle of the ratios of all groups, as its logarithm."""
    return log(percentile([value for group in groups for value in group], 50))


def bootstrap(
    groups: Sequence[Sequence[float]], *, draws: int = 2000, confidence: float = 95, seed: int = 7
) -> Interval:
    """The median ratio, and its interval by resampling groups and, within them, ratios.

    A group is one pair of processes: how code and heap came to lie in it moves all its ratios
    together, so that resampling ratios alone would promise too much. Source: Efron and Tibshirani,
    "An Introduction to the Bootstrap" (1993), chapter 8; Kalibera and Jones, "Rigorous
    benchmarking in reasonable time" (ISMM 2013). Raises ValueError where there is nothing.
    """
    if not groups or not all(groups):
        raise ValueError("every group needs at least one ratio")
    source = random.Random(seed)
    middles = [
        median_log(
            [source.choices(group, k=len(group)) for group in source.choices(groups, k=len(groups))]
        )
        for _ in range(draws)
    ]
    tail = (100 - confidence) / 2
    low, high = percentile(middles, tail), percentile(middles, 100 - tail)
    return Interval(exp(median_log(groups)), exp(low), exp(high))


def verdict(interval: Interval, tolerance: float = 1.02) -> str:
    """What a ratio new/old of times says: noise below the tolerance is no news either way."""
    if interval.low > tolerance:
        return "slower"
    if interval.high < 1 / tolerance:
        return "faster"
    if interval.low > 1 / tolerance and interval.high < tolerance:
        return "the same"
    return "not known"
