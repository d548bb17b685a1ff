"""Guarantees of server/limits/buckets.py."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from server.gcra import Gcra, Rate
from server.limits.buckets import Buckets

RATES = st.builds(Rate, st.integers(1, 20), st.integers(1, 300))
NAMES = st.sampled_from("abcde")


@st.composite
def schedules(draw):
    """The rate of each counter, and uses: how much later, against which counters."""
    rates = {name: draw(RATES) for name in "abcde"}
    uses = st.tuples(st.integers(0, 100), st.sets(NAMES, min_size=1, max_size=3).map(sorted))
    return rates, draw(st.lists(uses, max_size=80))


@given(schedules())
def test_a_use_is_counted_in_all_of_its_limits_or_in_none(schedule):
    rates, uses = schedule
    buckets, now = Buckets(), 1_000
    alone = {name: Gcra(rate) for name, rate in rates.items()}
    for later, names in uses:
        now += later
        fits = {name: alone[name].take(name, now, 0).remaining >= 1 for name in names}
        taken = buckets.take([(name, rates[name]) for name in names], now)
        assert {name: each.allowed for name, each in zip(names, taken, strict=True)} == fits
        for name, each in zip(names, taken, strict=True):
            counted = alone[name].take(name, now, int(all(fits.values())))
            assert each.remaining == counted.remaining and each.reset == counted.reset


@given(schedules())
def test_no_stretch_of_time_admits_more_than_the_quota_and_what_comes_back(schedule):
    rates, uses = schedule
    buckets, now, admitted = Buckets(), 1_000, []
    for later, names in uses:
        now += later
        if all(each.allowed for each in buckets.take([(n, rates[n]) for n in names], now)):
            admitted.append((now, names))
    for name, rate in rates.items():
        times = [at for at, names in admitted if name in names]
        for i, since in enumerate(times):
            for count, until in enumerate(times[i:], 1):
                back = Fraction((until - since) * rate.quota, rate.window)
                assert count <= rate.quota + back


def test_a_look_takes_nothing_and_says_what_a_use_would():
    buckets, counters = Buckets(), [("a", Rate(2, 10)), ("b", Rate(1, 10))]
    for _ in range(3):
        assert all(each.allowed for each in buckets.take(counters, 0, keep=False))
    assert len(buckets) == 0 and all(each.allowed for each in buckets.take(counters, 0))
    assert [each.allowed for each in buckets.take(counters, 0, keep=False)] == [True, False]


def test_a_changed_limit_takes_over_what_was_used():
    buckets = Buckets()
    assert all(buckets.take([("k", Rate(3, 30))], 0)[0].allowed for _ in range(3))
    assert not buckets.take([("k", Rate(30, 30))], 0)[0].allowed
    assert buckets.take([("k", Rate(30, 30))], 1)[0].allowed
    assert not buckets.take([("k", Rate(1, 30))], 29)[0].allowed
    assert buckets.take([("k", Rate(1, 30))], 60)[0].allowed


def test_full_buckets_are_forgotten_and_no_more_than_the_capacity_is_kept():
    buckets, rate = Buckets(capacity=100), Rate(10, 100)
    for number in range(10_000):
        buckets.take([(number, rate)], number)
        assert len(buckets) <= 100
    assert len(buckets) <= 22  # a use is back after 10 ticks, found within as many
    for number in range(200):
        buckets.take([(f"at once {number}", rate)], 20_000)
    assert len(buckets) == 100
