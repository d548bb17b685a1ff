"""A node accepts by a lease that only answers of its database renew."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.freshness import CHECKED_S, Freshness


class Clock:
    """Seconds of the machine's boot, moved by the test."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lease(clock):
    """A lease of 5 seconds that was just renewed in both ways."""
    lease = Freshness(5, clock)
    lease.enrolled(clock.now)
    lease.polled(clock.now)
    return lease


def test_a_node_that_asked_nothing_yet_is_not_fresh(clock):
    assert not Freshness(5, clock).holds()


def test_a_node_that_has_its_database_to_itself_is_fresh_for_good(clock):
    lease = Freshness(5, clock)
    lease.alone()
    clock.now += 1e9
    assert lease.holds()


def test_a_lease_ends_max_staleness_after_the_question_was_sent_and_not_after_its_answer(clock):
    lease = Freshness(5, clock)
    lease.enrolled(clock.now)
    sent = clock.now
    clock.now += 3
    lease.polled(sent)
    clock.now = sent + 4.999
    assert lease.holds()
    clock.now = sent + 5
    assert not lease.holds()


def test_a_question_sent_before_the_first_row_was_written_does_not_count(clock):
    lease = Freshness(5, clock)
    lease.polled(clock.now)
    clock.now += 1
    lease.enrolled(clock.now)
    assert not lease.holds()
    lease.polled(clock.now - 0.5)
    assert not lease.holds()
    lease.polled(clock.now)
    assert lease.holds()


def test_polls_alone_do_not_keep_a_lease_whose_row_nobody_renews(lease, clock):
    for _ in range(10):
        clock.now += 1
        lease.polled(clock.now)
    assert not lease.holds()


def test_rows_alone_do_not_keep_a_lease_without_polls(lease, clock):
    for _ in range(10):
        clock.now += 1
        lease.enrolled(clock.now)
    assert not lease.holds()


def test_once_its_row_has_ended_a_node_must_read_again_what_it_had_read(lease, clock):
    clock.now += 4.9
    lease.polled(clock.now)  # young enough by itself
    clock.now += 0.2
    lease.enrolled(clock.now)
    assert not lease.holds()
    clock.now += 0.1
    lease.polled(clock.now)
    assert lease.holds()


def test_a_row_that_was_renewed_in_time_needs_no_new_poll(lease, clock):
    clock.now += 4.9
    lease.polled(clock.now)
    lease.enrolled(clock.now)
    clock.now += 4.9
    assert lease.holds()


def test_what_is_lost_is_lost_until_the_next_poll(lease, clock):
    lease.lose()
    assert not lease.holds()
    clock.now += 0.1
    lease.polled(clock.now)
    assert lease.holds()


def test_a_poll_since_a_request_arrived_counts_for_a_moment_without_any_row(clock):
    lease = Freshness(5, clock)
    arrived = clock.now
    assert not lease.since(arrived)
    lease.polled(arrived - 1)
    assert not lease.since(arrived)
    clock.now += 0.01
    lease.polled(clock.now)
    assert lease.since(arrived) and not lease.holds()
    clock.now += CHECKED_S
    assert not lease.since(arrived)


def test_staleness_is_the_age_of_the_last_answer(lease, clock):
    clock.now += 2
    assert lease.staleness == 2
    assert Freshness(5, clock).staleness == math.inf


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["poll", "enrol", "lose", "wait"]),
        st.floats(0, 7),  # how long a question was on its way
        st.floats(0, 7),  # how long nothing happened before
    ),
    max_size=40,
)


@given(STEPS)
def test_a_lease_never_holds_longer_than_both_its_halves_allow(steps):
    clock = Clock()
    lease = Freshness(5, clock)
    polled = enrolled = -math.inf
    for act, took, before in steps:
        clock.now += before
        began = clock.now
        clock.now += took
        if act == "poll":
            lease.polled(began)
            polled = began
        elif act == "enrol":
            lease.enrolled(began)
            enrolled = began
        elif act == "lose":
            lease.lose()
            polled = -math.inf
        if lease.holds():
            assert clock.now < min(polled, enrolled) + 5
