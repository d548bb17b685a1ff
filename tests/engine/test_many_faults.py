"""Faults that verifying many at once had, each under what it has to guarantee."""

import threading
from collections import UserDict

import pytest

from engine import (
    Access,
    Denylist,
    Grant,
    RecordNeeded,
    TokenError,
    TokenRevoked,
    attenuate,
)
from engine.caveats import Delegate, Tools
from engine.denylist import actor_target
from engine.types import Kind
from tests.engine.world import NOW

ACCESS = Access(now=NOW, tool="other")


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests are about the compiled road alone."""
    return "compiled"


class Slow(UserDict):
    """Records whose look-up lets somebody else change the denylist."""

    def __init__(self, records, meanwhile) -> None:
        super().__init__(records)
        self.meanwhile = meanwhile

    def get(self, key_id, default=None):
        self.meanwhile()
        return self.data.get(key_id, default)


def test_caveats_are_judged_though_the_first_actor_is_revoked_meanwhile(world) -> None:
    tokens = [attenuate(world.key(), Tools(["mine"])).text for _ in range(8)]
    denylist = Denylist()

    def meanwhile() -> None:
        denylist.add(Kind.ACTOR, b"A" * 16, 1, NOW + 10**6)

    verifier = world.verifier(denylist=denylist, records=Slow(world.records, meanwhile))
    assert all(isinstance(one, TokenError) for one in verifier.verify_many(tokens, ACCESS))


def test_a_delegate_is_dead_though_it_is_the_first_actor_revoked_and_meanwhile(world) -> None:
    tokens = [attenuate(world.key(), Delegate("agent")).text for _ in range(8)]
    denylist = Denylist()

    def meanwhile() -> None:
        denylist.add(Kind.ACTOR, actor_target("default", "agent"), NOW, NOW + 10**6)

    verifier = world.verifier(denylist=denylist, records=Slow(world.records, meanwhile))
    assert all(isinstance(one, TokenRevoked) for one in verifier.verify_many(tokens, ACCESS))
    denylist = Denylist()
    verifier = world.verifier(denylist=denylist, records=Slow(world.records, meanwhile))
    with pytest.raises(TokenRevoked):
        verifier.verify(tokens[0], ACCESS)


@pytest.mark.parametrize("count", [1, 2, 300])
def test_blocks_that_nobody_read_take_no_room_that_is_not_there(world, count) -> None:
    text = world.forge(world.parts(world.key())[0], *[b"\x01"] * 16)
    verdicts = world.verifier(records={}).verify_many([text] * count, ACCESS)
    assert all(isinstance(one, RecordNeeded) for one in verdicts)


def test_the_denylist_may_change_in_another_thread_all_the_while(world) -> None:
    tokens = [
        attenuate(world.key(), Delegate("agent"), Tools(["mine" if n % 2 else "other"])).text
        for n in range(256)
    ]
    denylist, stop = Denylist(), threading.Event()
    verifier = world.verifier(denylist=denylist)

    def change() -> None:
        number = 0
        while not stop.is_set():
            for _ in range(200):
                number += 1
                denylist.add(Kind.ACTOR, number.to_bytes(16, "big"), 1, NOW)
            denylist.prune(NOW)

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(300):
            verdicts = verifier.verify_many(tokens, ACCESS)
            allowed = [isinstance(one, Grant) for one in verdicts]
            assert allowed == [n % 2 == 0 for n in range(256)]
    finally:
        stop.set()
        changing.join()
