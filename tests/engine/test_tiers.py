"""A denylist of two tiers is the dictionary of what was revoked, whatever was done to it."""

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine import Kind, _denylist, _denylist_py
from engine.snapshot import Snapshot
from tests.engine.tiers import DAY, KEY, NOW, OTHER, snapshot_of

KINDS = tuple(range(1, 8))


def stronger(kind: int, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    value = min(one[0], other[0]) if kind == Kind.SUNSET else max(one[0], other[0])
    return value, max(one[1], other[1])


class Model:
    """The dictionary."""

    def __init__(self) -> None:
        self.entries: dict[tuple[int, bytes], tuple[int, int]] = {}
        self.pruned = 0

    def add(self, kind: int, target: bytes, value: int, until: int) -> None:
        entry = (0 if kind <= Kind.BLOCK else value), until
        standing = self.entries.get((kind, target), entry)
        self.entries[kind, target] = stronger(kind, entry, standing)

    def prune(self, now: int) -> None:
        self.pruned = max(self.pruned, now)
        self.entries = {k: v for k, v in self.entries.items() if v[1] > now}

    def adopt(self, snapshot: Snapshot, held) -> None:
        self.prune(max(self.pruned, snapshot.now))
        for (kind, target), (value, until) in held.items():
            if until > self.pruned:
                self.add(kind, target, value, until)

    def check(self, denylist, kind: int, target: bytes) -> None:
        value = self.entries.get((kind, target), (-1, 0))[0]
        if kind <= Kind.BLOCK:
            assert denylist.is_dead(kind, target) is (value >= 0)
            assert denylist.first_dead(kind, [target]) == (0 if value >= 0 else -1)
            value = -1
        else:
            assert not denylist.is_dead(kind, target)
        assert denylist.value(kind, target) == value


few = st.integers(0, 11).map(lambda n: bytes([n]) * 16)
kinds = st.sampled_from(KINDS)
spans = st.sampled_from([-1, 1, 5, DAY, 3 * DAY, 30 * DAY, 10**9, 2**50])


class Tiers(RuleBasedStateMachine):
    """Both implementations at once, against the dictionary and each other."""

    @initialize()
    def begin(self) -> None:
        self.both = _denylist.Denylist(), _denylist_py.Denylist()
        self.model, self.now, self.fresh = Model(), NOW, itertools.count()
        self.kept: list[tuple[Snapshot, dict]] = []

    @rule(kind=kinds, which=few, value=st.integers(0, 5), span=spans)
    def add(self, kind, which, value, span) -> None:
        for one in self.both:
            one.add(kind, which, value, self.now + span)
        self.model.add(kind, which, value, min(self.now + span, 2**40))

    @rule(kind=kinds, count=st.integers(1, 300), span=spans)
    def add_many(self, kind, count, span) -> None:
        for number in itertools.islice(self.fresh, count):
            target = number.to_bytes(16, "big")
            for one in self.both:
                one.add(kind, target, number, self.now + span)
            self.model.add(kind, target, number, min(self.now + span, 2**40))

    @rule(seconds=st.sampled_from([0, 1, 4, DAY, 2 * DAY, 20 * DAY]), back=st.booleans())
    def prune(self, seconds, back) -> None:
        self.now += seconds
        now = self.now - 10 if back else self.now
        for one in self.both:
            one.prune(now)
        self.model.prune(now)

    @rule(key=st.sampled_from([KEY, KEY, OTHER]), ahead=st.sampled_from([0, 0, 3]))
    def compact(self, key, ahead) -> None:
        made, same = (snapshot_of(one, self.now + ahead, key) for one in self.both)
        assert list(made.entries()) == list(same.entries()) and made.runs == same.runs
        now = max(self.now + ahead, self.model.pruned)
        held = {k: v for k, v in self.model.entries.items() if v[1] > now}
        assert {entry[:2]: entry[2:] for entry in made.entries()} == held
        assert len(made) == len(held) and made.now == now
        self.kept.append((made, held))

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def adopt(self, data) -> None:
        """Any that was ever made: the newest, an old one again, or of another key."""
        made, held = data.draw(st.sampled_from(self.kept[::-1]), "snapshot")
        for one in self.both:
            one.adopt(made)
            assert one.adopted is made
        self.model.adopt(made, held)

    @precondition(lambda self: self.kept)
    @rule(kind=kinds, which=few, value=st.integers(0, 5))
    def adopt_of_another_node(self, kind, which, value) -> None:
        """One that knows less and something else."""
        other = _denylist_py.Denylist()
        other.add(kind, which, value, self.now + 2 * DAY)
        made = snapshot_of(other, self.now)
        self.kept.append((made, {e[:2]: e[2:] for e in made.entries()}))
        for one in self.both:
            one.adopt(made)
        self.model.adopt(*self.kept[-1])

    @invariant()
    def answers_as_the_dictionary(self) -> None:
        if not hasattr(self, "both"):
            return
        fast, plain = self.both
        for one in self.both:
            # A run whose last entry with a value has expired may still say that there are any.
            assert one.has_values or all(kind <= Kind.BLOCK for kind, _ in self.model.entries)
            assert one.pruned == self.model.pruned
        assert fast.exact == plain.exact and len(fast) == len(plain)
        for kind in KINDS:
            for number in range(12):
                self.model.check(fast, kind, bytes([number]) * 16)
                self.model.check(plain, kind, bytes([number]) * 16)

    def teardown(self) -> None:
        if not hasattr(self, "both"):
            return
        for kind, target in self.model.entries:
            self.model.check(self.both[0], kind, target)
            self.model.check(self.both[0], kind % 7 + 1, target)
        for one in self.both:
            found: dict[tuple[int, bytes], tuple[int, int]] = {}
            for kind, target, *rest in one.entries():
                entry = tuple(rest)
                found[kind, target] = stronger(kind, entry, found.get((kind, target), entry))
            assert found == self.model.entries


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests name what they test, so they run once."""
    return "compiled"


def test_the_tiers_are_the_dictionary_through_any_sequence() -> None:
    run_state_machine_as_test(
        Tiers,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
