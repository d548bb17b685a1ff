"""The bucket and the script beside another implementation of the algorithm, throttled-py."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from throttled import RateLimiterType, Throttled, per_duration, store, utils

from engine.types import RateLimit
from server.limits.limit import SECOND, Limit, Of
from server.limits.own import Own
from server.limits.script import Ask, call, read
from tests.server.limits.stepped import Stepped

# The other one counts in floats: these are quotas, windows and times that floats hold exactly.
RATES = st.builds(RateLimit, st.sampled_from([1, 2, 4, 8, 16]), st.sampled_from([1, 2, 8]))
STEPS = st.lists(st.integers(0, 40), max_size=50)
STEP_S = 1 / 64


class Oracle:
    def __init__(self, limit, clock, monkeypatch):
        monkeypatch.setattr(utils, "now_mono_f", clock)
        self._limiter = Throttled(
            key="k",
            using=RateLimiterType.GCRA.value,
            quota=per_duration(timedelta(seconds=limit.window_s), limit.quota, limit.quota),
            store=store.MemoryStore(),
        )

    def take(self):
        """Whether a use is let pass, what is left, and when: microseconds from now."""
        said = self._limiter.limit("k")
        state = said.state
        times = (state.retry_after * SECOND, state.reset_after * SECOND)
        return not said.limited, state.remaining, *times


@given(RATES, STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_in_process_it_decides_as_throttled_py_does(monkeypatch, stated, steps):
    now = 1_000.0
    own, oracle = Own(lambda: now), Oracle(stated, lambda: now, monkeypatch)
    limit = Limit(Of.KEY, "default", bytes(16), stated)
    for step in steps:
        now += step * STEP_S
        taken = own.at_once([limit]).standings[0].taken
        assert (taken.allowed, taken.remaining, taken.retry_after, taken.reset) == oracle.take()


@given(RATES, STEPS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
def test_on_redis_it_decides_as_throttled_py_does(shared_valkey, monkeypatch, stated, steps):
    with shared_valkey.client() as client:
        time = Stepped(client)
        oracle = Oracle(stated, time, monkeypatch)
        limit = Limit(Of.KEY, "default", bytes(16), stated)
        for step in steps:
            time.now += step * STEP_S
            allowed, (told,) = read(time.run(*call([Ask(limit)])))
            assert (allowed, told.left, told.late, told.reset) == oracle.take()


def test_the_oracle_can_refuse(monkeypatch: pytest.MonkeyPatch):
    oracle = Oracle(RateLimit(1, 1), lambda: 1_000.0, monkeypatch)
    assert [oracle.take()[0] for _ in range(2)] == [True, False]
