"""The denylist: is an id dead, is it not, and adding one. Its growth is in growth.py."""

import random

import pytest

from engine import Denylist, Kind

NOW = 1_800_000_000
COUNT = 100_000
IDS = [random.Random(1).randbytes(16) for _ in range(COUNT)]
ABSENT = [random.Random(2).randbytes(16) for _ in range(10_000)]


@pytest.fixture(scope="module")
def filled() -> Denylist:
    denylist = Denylist()
    for one in IDS:
        denylist.add(Kind.BLOCK, one, 0, NOW * 2)
    return denylist


@pytest.mark.parametrize("which", ["absent", "dead"])
def test_one(measure, filled: Denylist, which: str) -> None:
    ids, expected = (ABSENT, False) if which == "absent" else (IDS[:10_000], True)

    def run(times: int) -> None:
        for one in ids[:times]:
            assert filled.is_dead(Kind.BLOCK, one) is expected

    measure(f"denylist, {which}", run, 10_000, 100)


def test_five(measure, filled: Denylist) -> None:
    fives = [tuple(ABSENT[at : at + 5]) for at in range(0, 5000, 5)]

    def run(times: int) -> None:
        for five in fives[:times]:
            filled.first_dead(Kind.BLOCK, five)

    measure("denylist, five absent at once", run, 1000, 200)


def test_add(measure) -> None:
    def run(times: int) -> None:
        denylist = Denylist()
        for one in IDS[:times]:
            denylist.add(Kind.BLOCK, one, 0, NOW * 2)

    measure("denylist, add", run, 10_000, 50)
