"""Two nodes over one database: what they write at the same time adds up."""

import asyncio

import pytest

from engine.types import Debit
from storage import open_store
from storage.errors import Conflict


@pytest.fixture
def nodes(postgres_url, run):
    stores = [run(open_store(postgres_url)) for _ in range(2)]
    yield stores
    for store in stores:
        run(store.close())


def debits(*counters, limit=50, window_s=60):
    return [
        Debit(counter=name * 17, unit="calls", cost=1, limit=limit, window_s=window_s)
        for name in counters
    ]


async def spend(nodes, now, *lists, times):
    """Every node spends each of the lists so often, all at the same time; how many went through."""
    answers = await asyncio.gather(
        *(node.debit("acme", each, now) for _ in range(times) for node in nodes for each in lists)
    )
    return sum(answer is None for answer in answers)


@pytest.mark.parametrize("running", [False, True], ids=["new window", "running window"])
def test_two_nodes_never_overspend_a_budget(nodes, run, build, running):
    if running:
        assert run(nodes[0].debit("acme", debits(b"a"), build.now)) is None
    assert run(spend(nodes, build.now, debits(b"a"), times=60)) == 50 - running
    assert run(nodes[1].window("acme", b"a" * 17, build.now)).spent == 50


def test_budgets_in_opposite_order_are_spent_whole_and_without_a_deadlock(nodes, run, build):
    there, back = debits(b"a", b"b", limit=150), debits(b"b", b"a", limit=150)
    assert run(spend(nodes, build.now, there, back, times=60)) == 150
    for name in (b"a", b"b"):
        assert run(nodes[0].window("acme", name * 17, build.now)).spent == 150


@pytest.mark.parametrize("other", [b"a" * 16, b"b" * 16], ids=["the same", "another"])
def test_of_check_values_added_at_once_one_stands(nodes, run, other):
    async def race():
        adding = (nodes[0].add_check(1, b"a" * 16), nodes[1].add_check(1, other))
        return await asyncio.gather(*adding, return_exceptions=True)

    answers = run(race())
    (stands,) = set(run(nodes[0].checks()).values())
    refused = [answer for answer in answers if answer is not None]
    assert stands in (b"a" * 16, other)
    assert [type(each) for each in refused] == ([] if other == b"a" * 16 else [Conflict])
