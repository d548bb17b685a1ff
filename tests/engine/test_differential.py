"""The compiled chain and denylist agree with their twins, and the chain with BLAKE3 itself."""

import random

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from engine import _chain, _chain_py, _denylist, _denylist_py

EDGES = [0, 1, 62, 63, 64, 126, 127, 128, 190, 191, 192, 1021, 1022, 1023, 1024, 1025, 2048, 5000]
TWINS = (_chain, _chain_py)


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests name both implementations themselves, so they run once."""
    return "both"


def data(*lengths: int) -> st.SearchStrategy[bytes]:
    """Bytes of a length that matters, cheap to make however long."""
    sizes = st.sampled_from(lengths) | st.integers(0, max(lengths))
    return st.builds(
        lambda size, seed: random.Random(seed).randbytes(size), sizes, st.integers(0, 2**32)
    )


keys = st.binary(min_size=32, max_size=32) | st.sampled_from([bytes(32), b"\xff" * 32])
headers, blocks = data(*EDGES), data(*[size for size in EDGES if size <= 1025])


def step(key: bytes, op: int, message: bytes) -> tuple[bytes, bytes]:
    output = blake3(bytes([op]) + message, key=key).digest(48)
    return output[:32], output[32:]


@settings(deadline=None, max_examples=300)
@given(keys, headers, st.lists(blocks, max_size=17))
def test_compiled_fold_twin_and_blake3_agree(key, header, chain) -> None:
    tail, ids = step(key, 1, header)[0], []
    for block in chain:
        tail, rid = step(tail, 2, block)
        ids.append(rid)
    assert _chain.fold(key, header, chain) == _chain_py.fold(key, header, chain) == (tail, ids)
    assert _chain.fold(key, header, tuple(chain)) == (tail, ids)


@settings(deadline=None, max_examples=200)
@given(keys, headers)
def test_every_single_step_agrees_with_blake3(key, message) -> None:
    for chain in TWINS:
        assert chain.start(key, message) == step(key, 1, message)[0]
        assert chain.extend(key, message) == step(key, 2, message)
        assert chain.seal(key) == step(key, 3, b"")[0]


@pytest.mark.parametrize(
    "size", sorted({*range(0, 260), *range(950, 1100), 2047, 2048, 2049, 5000})
)
def test_every_length_around_a_blake3_block_or_chunk_agrees(size) -> None:
    key, message = random.Random(size).randbytes(32), random.Random(-size).randbytes(size)
    assert _chain.start(key, message) == _chain_py.start(key, message)
    assert _chain.extend(key, message) == _chain_py.extend(key, message) == step(key, 2, message)


@given(keys, keys)
def test_equal_agrees(one, other) -> None:
    for chain in TWINS:
        assert chain.equal(one, other) is (one == other)
        assert chain.equal(one, bytes(one)) is True


@given(st.binary(max_size=70), headers)
def test_both_refuse_the_same_keys(key, message) -> None:
    if len(key) != 32:
        for chain in TWINS:
            with pytest.raises(ValueError, match="a chain key is exactly 32 bytes"):
                chain.start(key, message)


def target(number: int) -> bytes:
    """Few targets, many of which share the bits that a small table looks at first."""
    return (number % 7).to_bytes(8, "little") + (number // 7).to_bytes(8, "little")


class DenylistMachine(RuleBasedStateMachine):
    """Whatever is done to both, both answer the same."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = (_denylist.Denylist(), _denylist_py.Denylist())
        self.seen: list[bytes] = [target(0)]

    def both(self, call):
        one, other = (call(denylist) for denylist in self.pair)
        assert one == other
        return one

    numbers = st.integers(0, 200)
    times = st.integers(0, 100) | st.sampled_from([2**63 - 1])

    @rule(kind=st.integers(1, 7), number=numbers, value=times, until=times)
    def add(self, kind, number, value, until):
        self.seen.append(target(number))
        self.both(lambda d: d.add(kind, target(number), value, until))

    @rule(seed=st.integers(0, 2**32), count=st.integers(1, 400), kind=st.integers(1, 7))
    def add_many(self, seed, count, kind):
        for one in range(count):
            source = random.Random(seed + one)
            new, value = source.randbytes(16), source.randrange(100)
            self.both(lambda d, new=new, value=value: d.add(kind, new, value, value))
            if one % 50 == 0:
                self.seen.append(new)

    @rule(kind=st.sampled_from([-1, 0, 8, 255]), number=numbers)
    def refuse_kind(self, kind, number):
        for denylist in self.pair:
            with pytest.raises(ValueError, match="unknown kind of revocation"):
                denylist.add(kind, target(number), 0, 1)

    @rule(size=st.sampled_from([0, 8, 15, 17, 32]), kind=st.integers(1, 7))
    def refuse_target(self, size, kind):
        wrong = b"t" * size
        for denylist in self.pair:
            for call in (
                lambda d=denylist: d.add(kind, wrong, 0, 1),
                lambda d=denylist: d.is_dead(kind, wrong),
                lambda d=denylist: d.first_dead(kind, [target(999), wrong]),
                lambda d=denylist: d.value(kind, wrong),
            ):
                with pytest.raises(ValueError, match="exactly 16 bytes"):
                    call()

    @rule(value=st.integers(-5, 0), until=st.integers(-5, -1), kind=st.integers(1, 7))
    def refuse_negatives(self, value, until, kind):
        for denylist in self.pair:
            with pytest.raises(ValueError, match="not negative"):
                denylist.add(kind, target(1), value, until)
            with pytest.raises(ValueError, match="not negative"):
                denylist.add(kind, target(1), until, 5)

    @rule(now=times | st.just(-1))
    def prune(self, now):
        self.both(lambda d: d.prune(now))

    @rule(picks=st.lists(st.integers(0, 10**6), max_size=20), kind=st.integers(-1, 9))
    def first_dead(self, picks, kind):
        chosen = [self.seen[p % len(self.seen)] for p in picks]
        absent = [target(10_000 + p) for p in picks]
        self.both(lambda d: d.first_dead(kind, chosen))
        self.both(lambda d: d.first_dead(kind, absent + chosen))
        self.both(lambda d: d.first_dead(kind, iter(absent)))

    @rule(kind=st.integers(-1, 9) | st.sampled_from([260, 263, 2**31 - 1]))
    def values(self, kind):
        for one in self.seen[-300:]:
            self.both(lambda d, one=one: d.value(kind, one))

    @invariant()
    def agree(self):
        self.both(len)
        self.both(repr)
        self.both(lambda d: d.has_values)
        for one in self.seen[-300:]:
            for kind in (1, 2, 3, 4, 257):
                self.both(lambda d, one=one, kind=kind: d.is_dead(kind, one))


def test_both_denylists_answer_alike_whatever_is_done_to_them() -> None:
    run_state_machine_as_test(
        DenylistMachine, settings=settings(deadline=None, max_examples=40, stateful_step_count=25)
    )


@pytest.mark.parametrize("made", [_denylist.Denylist, _denylist_py.Denylist])
def test_a_large_denylist_loses_nothing_and_invents_nothing(made) -> None:
    source, denylist = random.Random(5), made()
    targets = [source.randbytes(16) for _ in range(20_000)]
    for number, one in enumerate(targets):
        denylist.add(1 + number % 7, one, number, number)
    assert len(denylist) == len(targets)
    for number, one in enumerate(targets):
        kind = 1 + number % 7
        assert [k for k in range(1, 8) if denylist.is_dead(k, one)] == ([kind] if kind < 4 else [])
        assert denylist.value(kind, one) == (-1 if kind < 4 else number)
    absent = [source.randbytes(16) for _ in range(5_000)]
    assert {denylist.first_dead(kind, absent) for kind in (1, 2, 3)} == {-1}
    assert denylist.prune(9_999) == 10_000
    assert len(denylist) == 10_000
    assert {denylist.first_dead(kind, targets[:10_000]) for kind in (1, 2, 3)} == {-1}
    for number, one in enumerate(targets[10_000:], 10_000):
        assert any(denylist.is_dead(kind, one) for kind in (1, 2, 3)) is (number % 7 < 3)
    assert denylist.prune(2**63 - 1) == 10_000
    assert len(denylist) == 0 and denylist.has_values is False


@pytest.mark.parametrize("made", [_denylist.Denylist, _denylist_py.Denylist])
def test_the_stronger_entry_stands_in_whatever_order(made) -> None:
    for first, second in ((5, 9), (9, 5)):
        denylist = made()
        for kind in (4, 5, 6, 7):
            denylist.add(kind, target(1), first, 100)
            denylist.add(kind, target(1), second, 50)
        assert [denylist.value(kind, target(1)) for kind in (4, 5, 6, 7)] == [9, 9, 9, 5]
        assert denylist.prune(99) == 0
        assert denylist.prune(100) == 4
