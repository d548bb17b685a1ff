"""Guarantees of server/limits/script.py, on a real Valkey at times that tests choose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.types import RateLimit
from server.gcra import Rate
from server.limits.buckets import Buckets
from server.limits.limit import SECOND, Limit, Of
from server.limits.script import Ask, call, name_of, pace_of, read
from tests.server.limits.stepped import Stepped

LIMITS = [
    Limit(Of.KEY, "default", b"k" * 16, RateLimit(5, 1)),
    Limit(Of.ACTOR, "default", "owner", RateLimit(7, 2)),
    Limit(Of.TENANT, "default", "", RateLimit(11, 3)),
]


@pytest.fixture
def client(shared_valkey):
    with shared_valkey.client() as client:
        yield client


def ask(time, *asks, keep=True):
    return read(time.run(*call(asks, keep=keep)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 2), st.sets(st.integers(0, 2), min_size=1)), max_size=40))
def test_a_use_is_counted_in_all_of_its_limits_or_in_none(shared_valkey, uses):
    with shared_valkey.client() as client:
        time, buckets = Stepped(client), Buckets()
        for later, which in uses:
            time.now += later
            limits = [LIMITS[i] for i in sorted(which)]
            allowed, told = ask(time, *map(Ask, limits))
            counters = [(each.counter, Rate(*_exact(each.stated))) for each in limits]
            taken = buckets.take(counters, round(time.now * SECOND))
            assert [not each.late for each in told] == [each.allowed for each in taken]
            assert allowed is all(each.allowed for each in taken)
            assert [each.left for each in told] == [each.remaining for each in taken]
            assert [each.reset for each in told] == [each.reset for each in taken]


def _exact(stated):
    """The rate that the script keeps to: its interval is a whole number of microseconds."""
    pace = pace_of(stated)
    return stated.quota, pace.burst


@given(st.integers(1, 2**63 - 1), st.integers(1, 315_360_000))
def test_no_rate_is_rounded_up_and_no_time_leaves_what_a_double_holds(quota, window_s):
    pace = pace_of(RateLimit(quota, window_s))
    assert pace.interval * quota >= window_s * SECOND or pace.interval == 1
    assert pace.interval >= 1 and pace.burst // pace.interval == min(quota, window_s * SECOND)
    assert 4 * 10**15 + 2 * pace.burst < 2**53 and 1 <= pace.ttl <= max(1, pace.burst // 16)


def test_a_look_writes_nothing(client):
    time = Stepped(client)
    assert ask(time, Ask(LIMITS[0]), keep=False)[0] and client.dbsize() == 0
    for _ in range(5):
        ask(time, Ask(LIMITS[0]))
    before = client.get(name_of(*LIMITS[0][:3]))
    assert not ask(time, Ask(LIMITS[0]), keep=False)[0]
    assert client.get(name_of(*LIMITS[0][:3])) == before


def test_a_counter_outlives_its_debt_by_little_and_no_name_stands_in_clear(client):
    time = Stepped(client)
    ask(time, *map(Ask, LIMITS))
    names = client.keys()
    assert len({name[name.index(b"{") : name.index(b"}")] for name in names}) == 1
    for name in names:
        assert b"owner" not in name and b"default" not in name
        assert 0 < client.pttl(name) <= 1_300
    assert len({name_of(Of.ACTOR, tenant, "a") for tenant in ("a", "b")}) == 2


@pytest.mark.parametrize("junk", ["words", "nan", "inf", "9e99", "-inf", ""])
def test_whatever_stands_in_a_counter_it_is_an_empty_bucket_at_worst(client, junk):
    time = Stepped(client)
    client.set(name_of(*LIMITS[0][:3]), junk)
    allowed, (told,) = ask(time, Ask(LIMITS[0]))
    assert allowed is (junk == "-inf")
    time.now += told.late / SECOND
    assert ask(time, Ask(LIMITS[0]))[0]


def test_a_clock_of_redis_that_is_put_back_refuses_for_one_window_at_most(client):
    time = Stepped(client, now=1_000_000.0)
    while ask(time, Ask(LIMITS[0]))[0]:
        pass
    time.now -= 3_600
    allowed, (told,) = ask(time, Ask(LIMITS[0]))
    assert not allowed and told.reset == SECOND
    time.now += 1
    assert ask(time, Ask(LIMITS[0]))[1][0].left == 4


def test_a_lease_is_at_most_an_eighth_of_what_is_left_and_none_near_the_limit(client):
    time, limit = Stepped(client), Limit(Of.KEY, "default", b"k" * 16, RateLimit(1_000, 1))
    left = 1_000
    while True:
        _, (told,) = ask(time, Ask(limit, need=0, extra=1_000))
        if not told.given:
            break
        assert told.given <= left / 8
        left = told.left
    assert 0 < told.left < 8 + 1_000 / 16 and ask(time, Ask(limit))[0]
