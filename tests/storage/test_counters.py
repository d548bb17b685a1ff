"""Budgets: all debits or none, never over the limit, per window and tenant."""

import asyncio

import pytest

from engine.types import Debit
from storage.base import SpentWindow


def debit(cost=1, limit=10, window_s=60, counter=b"c" * 17):
    return Debit(counter=counter, unit="calls", cost=cost, limit=limit, window_s=window_s)


def test_a_budget_is_spent_to_its_limit_and_not_beyond(store, run):
    assert [run(store.debit("acme", [debit(4)], 0)) for _ in range(3)] == [None, None, 0]
    assert run(store.window("acme", b"c" * 17, 0)).spent == 8
    assert run(store.debit("acme", [debit(2)], 0)) is None
    assert run(store.window("acme", b"c" * 17, 0)).spent == 10


def test_one_debit_that_does_not_fit_leaves_all_unspent_and_is_named(store, run):
    debits = [debit(counter=b"a" * 17), debit(11, counter=b"b" * 17), debit(11)]
    assert run(store.debit("acme", debits, 0)) == 1
    for counter in (b"a" * 17, b"b" * 17, b"c" * 17):
        assert run(store.window("acme", counter, 0)).spent == 0
    # No window has begun either: the next one lasts its full time.
    run(store.debit("acme", [debit(counter=b"a" * 17)], 50))
    assert run(store.window("acme", b"a" * 17, 109)).spent == 1


def test_debits_of_one_counter_in_one_act_add_up(store, run):
    assert run(store.debit("acme", [debit(6), debit(6)], 0)) == 1
    assert run(store.window("acme", b"c" * 17, 0)).spent == 0
    assert run(store.debit("acme", [debit(6), debit(4)], 0)) is None
    assert run(store.window("acme", b"c" * 17, 0)).spent == 10


def test_a_window_begins_with_its_first_debit_and_ends_after_its_length(store, run):
    assert run(store.debit("acme", [debit(10)], 100)) is None
    assert run(store.debit("acme", [debit()], 159)) == 0
    assert run(store.window("acme", b"c" * 17, 159)).spent == 10
    assert run(store.window("acme", b"c" * 17, 160)).spent == 0
    assert run(store.debit("acme", [debit()], 160)) is None
    assert run(store.window("acme", b"c" * 17, 219)).spent == 1


def test_a_window_tells_when_it_ends_and_reading_it_spends_nothing(store, run):
    assert run(store.window("acme", b"c" * 17, 0)) == SpentWindow(0, None)
    run(store.debit("acme", [debit(3)], 100))
    for now in (100, 130, 159):
        assert run(store.window("acme", b"c" * 17, now)) == SpentWindow(3, 160)
    assert run(store.window("acme", b"c" * 17, 160)) == SpentWindow(0, None)
    assert run(store.window("other", b"c" * 17, 100)) == SpentWindow(0, None)
    assert run(store.debit("acme", [debit(7)], 159)) is None


def test_a_window_without_end_runs_for_as_long_as_a_time_can_be_written(store, run):
    endless = debit(6, window_s=2**63 - 1)
    assert run(store.debit("acme", [endless], 5)) is None
    assert run(store.debit("acme", [endless], 2**63 - 2)) == 0
    assert run(store.window("acme", b"c" * 17, 2**63 - 2)).spent == 6


def test_later_debits_do_not_lengthen_a_window(store, run):
    for now in (0, 30, 59):
        run(store.debit("acme", [debit()], now))
    assert run(store.window("acme", b"c" * 17, 60)).spent == 0


def test_counters_are_per_tenant(store, run):
    run(store.debit("acme", [debit(10)], 0))
    assert run(store.debit("other", [debit(10)], 0)) is None
    assert run(store.window("third", b"c" * 17, 0)).spent == 0


def test_no_debits_always_fit(store, run):
    assert run(store.debit("acme", [], 0)) is None


def test_concurrent_debits_never_spend_more_than_the_limit(store, run):
    async def all_at_once():
        return await asyncio.gather(*(store.debit("acme", [debit()], 0) for _ in range(50)))

    results = run(all_at_once())
    assert results.count(None) == 10
    assert run(store.window("acme", b"c" * 17, 0)).spent == 10


@pytest.mark.parametrize("over", [11, 2**62])
def test_a_cost_over_the_limit_never_fits(store, run, over):
    assert run(store.debit("acme", [debit(over)], 0)) == 0


def test_pruning_forgets_windows_that_ended_and_keeps_those_that_run(store, run):
    run(store.debit("acme", [debit(window_s=60), debit(window_s=99, counter=b"k" * 17)], 0))
    assert run(store.prune(61)) == 1
    assert run(store.window("acme", b"k" * 17, 61)).spent == 1
