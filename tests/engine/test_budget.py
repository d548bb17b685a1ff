"""Budgets are debited all or nothing, last of all, from counters that descendants share."""

import msgspec
import pytest

from engine import Access, CaveatUnmet, Debit, Grant, attenuate, inspect, seal
from engine.caveats import Amount, Budget, Delegate

NOW = 1_800_000_000
ACCESS = Access(now=NOW, amount=("USD", 7))


class Counters:
    """Keeps budgets in memory as the contract of `spend` says, and every call it got."""

    def __init__(self) -> None:
        self.calls: list[tuple[Debit, ...]] = []
        self.spent: dict[bytes, int] = {}

    def __call__(self, debits, now):
        assert now == NOW
        self.calls.append(tuple(debits))
        for index, one in enumerate(debits):
            if self.spent.get(one.counter, 0) + one.cost > one.limit:
                return index
        for one in debits:
            self.spent[one.counter] = self.spent.get(one.counter, 0) + one.cost
        return None


class Broken(Counters):
    """Counters whose store fails in one call, before or after it spent."""

    def __init__(self, failing: int) -> None:
        super().__init__()
        self.failing = failing

    def __call__(self, debits, now):
        answer = super().__call__(debits, now)
        if len(self.calls) == self.failing:
            raise OSError("the disk is gone")
        return answer


def test_counters_that_fail_deny_with_the_failure_as_the_cause(world) -> None:
    text = attenuate(world.key(), Delegate("a"), Budget("calls", 5, 60)).text
    with pytest.raises(CaveatUnmet, match="could not be asked: OSError") as caught:
        world.verifier(spend=Broken(1)).verify(text, ACCESS)
    assert (caught.value.block, caught.value.index, caught.value.caveat) == (0, 1, "Budget")
    assert isinstance(caught.value.__cause__, OSError)


def test_counters_that_fail_for_one_token_lose_no_verdict_of_the_others(world) -> None:
    counters = Broken(2)
    texts = [attenuate(world.key(), Budget("calls", 1, 60)).text for _ in range(3)]
    before, failed, after = world.verifier(spend=counters).verify_many(texts, ACCESS)
    assert type(before) is type(after) is Grant
    assert isinstance(failed, CaveatUnmet) and isinstance(failed.__cause__, OSError)
    assert len(counters.calls) == 3

    def interrupted(debits, now):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.verifier(spend=interrupted).verify_many(texts, ACCESS)


def test_without_counters_a_budget_denies_in_verify_and_in_explain(world) -> None:
    text = attenuate(world.key(), Delegate("a"), Budget("calls", 5, 60)).text
    verifier = world.verifier()
    with pytest.raises(CaveatUnmet, match="no budget is kept here") as caught:
        verifier.verify(text, ACCESS)
    assert (caught.value.block, caught.value.index, caught.value.caveat) == (0, 1, "Budget")
    explained = verifier.explain(text, ACCESS)
    assert not explained.allowed
    assert explained.refusals[0].reason == "no budget is kept here"
    assert (explained.refusals[0].block, explained.refusals[0].index) == (0, 1)


def test_without_counters_the_first_budget_is_the_one_named(world) -> None:
    text = attenuate(world.key(), Budget("calls", 5, 60)).text
    text = attenuate(text, Delegate("a"), Budget("USD", 9, 60)).text
    with pytest.raises(CaveatUnmet, match="no budget is kept here") as caught:
        world.verifier().verify(text, ACCESS)
    assert (caught.value.block, caught.value.index) == (0, 0)


@pytest.mark.parametrize("unit", ["USD", "usd", "zzz", "callsign", "call", "\U0001d4b3"])
def test_a_budget_in_any_unit_but_calls_costs_the_amount_in_that_unit_alone(world, unit) -> None:
    counters = Counters()
    verifier = world.verifier(spend=counters)
    text = attenuate(world.key(), Budget(unit, 9, 60)).text
    assert verifier.verify(text, Access(now=NOW, amount=(unit, 7)))
    assert counters.calls[0][0].cost == 7
    for amount in (None, ("AAA", 7), ("calls", 7), (unit + "x", 7), (unit[:-1], 7), ("~", 7)):
        with pytest.raises(CaveatUnmet, match="was stated"):
            verifier.verify(text, Access(now=NOW, amount=amount))
    assert len(counters.calls) == 1


def test_an_amount_of_nothing_costs_nothing_and_is_debited(world) -> None:
    counters = Counters()
    text = attenuate(world.key(), Budget("USD", 0, 60)).text
    assert world.verifier(spend=counters).verify(text, Access(now=NOW, amount=("USD", 0)))
    assert counters.calls[0][0].cost == 0
    for minor in (1, -1, True, 0.0):
        with pytest.raises(CaveatUnmet):
            world.verifier(spend=counters).verify(text, Access(now=NOW, amount=("USD", minor)))


def test_a_debit_names_its_counter_unit_cost_limit_and_window(world) -> None:
    counters = Counters()
    one = attenuate(world.key(), Delegate("a"), Budget("calls", 5, 60))
    two = attenuate(one.text, Budget("USD", 9, 86_400), Budget("calls", 4, 1))
    assert world.verifier(spend=counters).verify(two.text, ACCESS)
    assert counters.calls == [
        (
            Debit(one.revocation_id + b"\x01", "calls", 1, 5, 60),
            Debit(two.revocation_id + b"\x00", "USD", 7, 9, 86_400),
            Debit(two.revocation_id + b"\x01", "calls", 1, 4, 1),
        )
    ]


def test_all_descendants_share_a_counter_and_siblings_do_not(world) -> None:
    counters = Counters()
    verifier = world.verifier(spend=counters)
    root = world.key()
    parent = attenuate(root, Budget("calls", 3, 60)).text
    children = [attenuate(parent, Delegate(name)).text for name in ("a", "b")]
    for text in (parent, children[0], seal(children[1])):
        assert verifier.verify(text, ACCESS)
    for text in (parent, *children, attenuate(children[0], Delegate("c")).text, seal(parent)):
        with pytest.raises(CaveatUnmet, match="the budget is spent"):
            verifier.verify(text, ACCESS)
    assert verifier.verify(attenuate(root, Budget("calls", 3, 60)).text, ACCESS)


def test_two_budgets_of_one_block_have_two_counters(world) -> None:
    counters = Counters()
    text = attenuate(world.key(), Budget("calls", 9, 60), Budget("calls", 9, 60)).text
    world.verifier(spend=counters).verify(text, ACCESS)
    assert list(counters.spent.values()) == [1, 1]


def test_debits_are_all_or_nothing_and_the_one_that_did_not_fit_is_named(world) -> None:
    counters = Counters()
    verifier = world.verifier(spend=counters)
    text = attenuate(world.key(), Budget("calls", 9, 60)).text
    text = attenuate(text, Delegate("a"), Budget("USD", 10, 60), Budget("calls", 9, 60)).text
    assert verifier.verify(text, ACCESS)
    before = dict(counters.spent)
    with pytest.raises(CaveatUnmet, match="the budget is spent") as caught:
        verifier.verify(text, ACCESS)
    assert (caught.value.block, caught.value.index, caught.value.caveat) == (1, 1, "Budget")
    assert counters.spent == before
    assert verifier.verify(text, Access(now=NOW, amount=("USD", 3)))


def test_four_budgets_and_not_five_wherever_they_stand(world) -> None:
    counters = Counters()
    verifier = world.verifier(spend=counters)
    four = attenuate(world.key(), *[Budget("calls", 9, 60)] * 3).text
    four = attenuate(four, Budget("calls", 9, 60)).text
    assert verifier.verify(four, ACCESS)
    with pytest.raises(ValueError, match="more than 4 budgets"):
        attenuate(four, Delegate("a"), Budget("calls", 9, 60))
    with pytest.raises(ValueError, match="more than 4 budgets"):
        attenuate(world.key(), *[Budget("calls", 9, 60)] * 5)
    assert attenuate(four, Delegate("a")).text
    head, blocks, _ = world.parts(four)
    fifth = msgspec.msgpack.encode([b"n" * 8, Delegate("a"), Budget("calls", 9, 60)])
    five = world.forge(head, *blocks, fifth)
    with pytest.raises(CaveatUnmet, match="at most 4 budgets") as caught:
        verifier.verify(five, ACCESS)
    assert (caught.value.block, caught.value.index) == (2, 1)
    for explained in (verifier.explain(five, ACCESS), inspect(five).explain(ACCESS)):
        assert [(one.block, one.index) for one in explained.refusals] == [(2, 1)]
        assert "at most 4 budgets" in explained.refusals[0].reason
    assert inspect(four).explain(ACCESS).allowed
    assert len(counters.calls) == 1


def test_nothing_is_debited_by_a_refused_access_or_by_explain(world) -> None:
    counters = Counters()
    verifier = world.verifier(spend=counters)
    text = attenuate(world.key(), Budget("calls", 9, 60), Amount("USD", 5)).text
    with pytest.raises(CaveatUnmet, match="exceeds 5"):
        verifier.verify(text, ACCESS)
    assert not verifier.explain(text, ACCESS).allowed
    assert verifier.explain(text, Access(now=NOW, amount=("USD", 5))).allowed
    assert counters.calls == []


def test_a_token_without_budgets_never_asks_the_counters(world) -> None:
    counters = Counters()
    assert world.verifier(spend=counters).verify(world.key(), ACCESS)
    assert counters.calls == []
