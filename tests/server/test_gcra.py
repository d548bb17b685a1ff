"""The rate limiter against a bucket of exact fractions, and within its memory."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gcra import Gcra, Rate, take

RATES = st.builds(Rate, st.integers(1, 50), st.integers(1, 1_000))
STEPS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)), max_size=60)


class Bucket:
    """Another reading of the same rule: water that runs in evenly, in exact fractions."""

    def __init__(self, rate: Rate) -> None:
        self.rate, self.level, self.at = rate, Fraction(rate.quota), 0
        self.speed = Fraction(rate.quota, rate.window)

    def fill(self, now: int) -> None:
        self.level = min(self.level + (now - self.at) * self.speed, Fraction(self.rate.quota))
        self.at = now

    def take(self, now: int, cost: int) -> bool:
        self.fill(now)
        if self.level < cost:
            return False
        self.level -= cost
        return True


@given(RATES, STEPS, st.integers(0, 2**50))
def test_it_decides_as_a_bucket_of_exact_fractions_does(rate, steps, start):
    limit, bucket, now = Gcra(rate), Bucket(rate), start
    bucket.at = start
    for later, cost in steps:
        now, cost = now + later, min(cost, rate.quota)
        taken = limit.take("k", now, cost)
        assert taken.allowed is bucket.take(now, cost)
        assert taken.remaining == bucket.level // 1
        missing = rate.quota - bucket.level
        assert taken.reset == -(-missing // bucket.speed)
        wait = max(Fraction(0), (cost - bucket.level) / bucket.speed)
        assert taken.retry_after == (0 if taken.allowed else -(-wait // 1))


@given(RATES, STEPS)
def test_whoever_waits_as_long_as_was_said_is_let_in_and_not_a_tick_before(rate, steps):
    full, now = 0, 0
    for later, cost in steps:
        now, cost = now + later, min(cost, rate.quota)
        full, taken = take(rate, full, now, cost)
        if not taken.allowed:
            assert not take(rate, full, now + taken.retry_after - 1, cost)[1].allowed
            assert take(rate, full, now + taken.retry_after, cost)[1].allowed


@given(RATES, STEPS, st.integers(1, 5))
def test_no_stretch_of_time_sees_more_than_the_quota_and_what_runs_in(rate, steps, keys):
    limit, now, allowed = Gcra(rate, capacity=2), 0, []
    for number, (later, cost) in enumerate(steps):
        now, cost = now + later, min(cost, rate.quota)
        if limit.take(number % keys, now, cost).allowed:
            allowed.append((number % keys, now, cost))
        assert len(limit) <= 2
    for key in range(keys):
        mine = [(at, cost) for who, at, cost in allowed if who == key]
        for i, (since, _) in enumerate(mine):
            for j in range(i, len(mine)):
                spent = sum(cost for _, cost in mine[i : j + 1])
                elapsed = mine[j][0] - since
                assert spent <= rate.quota + Fraction(elapsed * rate.quota, rate.window)


def test_a_refusal_costs_nothing_and_a_look_is_free():
    limit = Gcra(Rate(quota=3, window=30))
    assert [limit.take("k", 0, 2).allowed for _ in range(3)] == [True, False, False]
    assert limit.take("k", 0, 0).remaining == 1
    assert limit.take("k", 0).allowed


def test_a_clock_that_was_put_back_refuses_for_no_longer_than_a_window():
    limit = Gcra(Rate(quota=2, window=10))
    limit.take("k", 1_000_000, 2)
    taken = limit.take("k", 5)
    assert not taken.allowed and taken.retry_after == 5 and taken.reset == 10
    assert limit.take("k", 10).allowed


def test_keys_beyond_the_capacity_share_one_bucket_and_take_nobody_elses():
    limit = Gcra(Rate(quota=2, window=10), capacity=2)
    assert limit.take("a", 0).allowed and limit.take("b", 0).allowed
    assert [limit.take(f"new{n}", 0).allowed for n in range(4)] == [True, True, False, False]
    assert limit.take("a", 0).allowed and limit.take("b", 0).allowed and len(limit) == 2


def test_who_came_from_the_shared_bucket_gets_no_more_than_one_bucket_in_all():
    limit = Gcra(Rate(quota=2, window=10), capacity=1)
    assert limit.take("a", 0).allowed
    assert limit.take("b", 0, 2).allowed
    assert not limit.take("b", 5, 2).allowed  # "a" is full again and forgotten
    assert limit.take("b", 5).allowed and len(limit) == 1


def test_full_buckets_are_forgotten_without_a_look_at_all_of_them():
    limit = Gcra(Rate(quota=10, window=100), capacity=1_000)
    for number in range(100_000):
        limit.take(number, number)
    assert len(limit) <= 22  # one request is forgotten after 10 ticks, found within as many


@pytest.mark.parametrize("rate", [(0, 1), (1, 0), (-1, 5)])
def test_a_rate_of_nothing_is_refused(rate):
    with pytest.raises(ValueError, match="at least 1"):
        Rate(*rate)


@pytest.mark.parametrize("cost", [-1, 4])
def test_a_cost_that_can_never_be_paid_is_an_error_and_not_a_refusal(cost):
    with pytest.raises(ValueError, match="at most the quota"):
        Gcra(Rate(3, 10)).take("k", 0, cost)
