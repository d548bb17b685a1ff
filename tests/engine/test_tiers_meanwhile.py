"""What is added while a denylist is being merged, pruned or given a snapshot is never lost."""

import gc
import random
import threading

import pytest

from engine import Kind
from engine._denylist import Denylist
from engine.snapshot import Snapshot
from engine.snapshot_file import compact
from tests.engine.tiers import CLAIM, DAY, KEY, NOW, snapshot_of


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests are about the compiled denylist, whose tables are frozen meanwhile."""
    return "compiled"


class Meanwhile:
    """A snapshot that does something while it is adopted."""

    def __init__(self, snapshot: Snapshot, meanwhile) -> None:
        self._snapshot, self._meanwhile = snapshot, meanwhile

    def __getattr__(self, name: str) -> object:
        return getattr(self._snapshot, name)

    @property
    def previous(self) -> bytes:
        self._meanwhile()
        return self._snapshot.previous


def targets(seed: int, count: int) -> list[bytes]:
    source = random.Random(seed)
    return [source.randbytes(16) for _ in range(count)]


def adopted(*entries) -> Denylist:
    denylist = Denylist()
    for entry in entries:
        denylist.add(*entry)
    denylist.adopt(snapshot_of(denylist))
    return denylist


# Some that are put into the other table at once, some that are moved, some that make both grow.
@pytest.mark.parametrize("count", [0, 1, 39, 41, 4096, 4097, 60_000])
@pytest.mark.parametrize("before", [0, 1, 40, 3000, 30_000])
def test_what_is_added_while_a_snapshot_is_adopted_stands(before, count) -> None:
    old, fresh = targets(1, before), targets(2, count)
    denylist = adopted((Kind.KEY, b"k" * 16, 0, NOW + DAY))
    for number, one in enumerate(old):
        denylist.add(1 + number % 7, one, number, NOW + DAY)
    other = Denylist()
    for one in (*old[::3], *fresh[::3]):
        other.add(Kind.ACTOR, one, 10**6, NOW + 5)

    def meanwhile() -> None:
        for number, one in enumerate(fresh):
            denylist.add(1 + number % 7, one, number, NOW + DAY)
        for number, one in enumerate(old):
            if number % 5 == 0:  # again, and stronger
                denylist.add(1 + number % 7, one, 0 if number % 7 == 6 else 10**5, NOW + DAY)

    denylist.adopt(Meanwhile(snapshot_of(other), meanwhile))
    for again in (False, True):
        for several in (old, fresh):
            for number, one in enumerate(several):
                kind, stronger = 1 + number % 7, several is old and number % 5 == 0
                value = (0 if kind == 7 else 10**5) if stronger else number
                if kind == Kind.ACTOR and number % 3 == 0:
                    value = 10**6
                if kind <= Kind.BLOCK:
                    assert denylist.is_dead(kind, one)
                else:
                    assert denylist.value(kind, one) == value
                assert denylist.value(Kind.ACTOR, one) == (
                    value if kind == 5 else 10**6 if number % 3 == 0 else -1
                )
        held = {(1 + n % 7, one) for several in (old, fresh) for n, one in enumerate(several)}
        held |= {(5, one) for one in (*old[::3], *fresh[::3])} | {(1, b"k" * 16)}
        later = {(3, number.to_bytes(16, "big")) for number in range(5000 if again else 0)}
        assert {entry[:2] for entry in denylist.entries()} == held | later
        assert denylist.is_dead(Kind.KEY, b"k" * 16)
        if not again:
            for number in range(5000):  # so that everything is moved
                denylist.add(Kind.BLOCK, number.to_bytes(16, "big"), 0, NOW + 5)


def test_one_thing_at_a_time_and_what_cannot_wait_says_so() -> None:
    denylist = adopted((Kind.KEY, b"k" * 16, 0, NOW + DAY))
    snapshot, refused = snapshot_of(denylist), []

    def meanwhile() -> None:
        for call in (
            lambda: denylist.adopt(snapshot),
            lambda: snapshot_of(denylist),
            denylist.entries,
        ):
            with pytest.raises(RuntimeError, match="in another thread"):
                call()
            refused.append(call)
        assert denylist.prune(NOW + 10**9) == 0
        assert denylist.is_dead(Kind.KEY, b"k" * 16)

    denylist.adopt(Meanwhile(snapshot, meanwhile))
    assert len(refused) == 3 and denylist.is_dead(Kind.KEY, b"k" * 16)
    assert denylist.prune(NOW + 10**9) == 1


def test_a_snapshot_that_fails_while_it_is_adopted_leaves_the_denylist_as_it_was() -> None:
    denylist = adopted((Kind.KEY, b"k" * 16, 0, NOW + DAY))
    denylist.add(Kind.GRANT, b"g" * 16, 0, NOW + DAY)

    def fail() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        denylist.adopt(Meanwhile(snapshot_of(Denylist()), fail))
    assert denylist.is_dead(Kind.KEY, b"k" * 16) and denylist.is_dead(Kind.GRANT, b"g" * 16)
    denylist.adopt(snapshot_of(denylist))
    assert denylist.is_dead(Kind.KEY, b"k" * 16) and denylist.exact == 0


def test_adopting_a_snapshot_that_knows_less_keeps_more_in_memory_than_there_was() -> None:
    """Once an error without an exception: the number of entries forgotten was negative."""
    denylist = adopted((Kind.KEY, b"k" * 16, 0, NOW + DAY), (Kind.TENANT, b"t" * 16, 5, NOW + DAY))
    assert denylist.exact == 0
    denylist.adopt(snapshot_of(Denylist()))
    assert denylist.exact == 2 and denylist.is_dead(Kind.KEY, b"k" * 16)
    assert denylist.value(Kind.TENANT, b"t" * 16) == 5


def test_a_denylist_in_a_cycle_answers_until_it_is_gone() -> None:
    class Keeper:
        """Asks once more while the cycle is taken apart."""

        def __del__(self) -> None:
            answers.append(self.denylist.is_dead(Kind.KEY, b"k" * 16))

    class Holding:
        def __init__(self, snapshot: Snapshot) -> None:
            vars(self).update(vars(snapshot))

    answers: list[bool] = []
    denylist, keeper = Denylist(), Keeper()
    denylist.add(Kind.KEY, b"k" * 16, 0, NOW + DAY)
    snapshot = Holding(snapshot_of(denylist))
    snapshot.keeper, keeper.denylist = keeper, denylist
    denylist.adopt(snapshot)
    del denylist, keeper, snapshot
    gc.collect()
    assert answers == [True]


def test_revoked_stays_revoked_while_other_threads_merge_adopt_and_prune(tmp_path) -> None:
    denylist, stop, failures = Denylist(), threading.Event(), []

    def tend() -> None:
        try:
            number = 0
            while not stop.is_set():
                number += 1
                denylist.prune(NOW)
                path = tmp_path / str(number % 3)
                denylist.adopt(compact(denylist, path, key=KEY, claim=CLAIM, now=NOW))
        except BaseException as failure:
            failures.append(failure)

    def ask() -> None:
        try:
            while not stop.is_set():
                known = len(added)
                for one in random.sample(added[:known], min(known, 200)):
                    assert denylist.is_dead(Kind.BLOCK, one) and not denylist.is_dead(Kind.KEY, one)
        except BaseException as failure:
            failures.append(failure)

    added: list[bytes] = []
    threads = [threading.Thread(target=tend), threading.Thread(target=ask)]
    for thread in threads:
        thread.start()
    try:
        for number, one in enumerate(targets(3, 120_000)):
            denylist.add(Kind.BLOCK, one, 0, NOW + 1 + number % 10**6)
            added.append(one)
            if failures:
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert all(denylist.is_dead(Kind.BLOCK, one) for one in added)
    assert not any(denylist.is_dead(Kind.BLOCK, one) for one in targets(4, 20_000))
