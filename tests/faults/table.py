"""Everything that is done to a cluster: each fault begins, lasts for a while, and ends."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tests.faults.cluster import Hurt
from tests.servers.tcpproxy import TcpProxy

Doing = Callable[[Hurt], None]
VICTIM = 1  # of the three nodes; writes go on over node 0


class Fault(NamedTuple):
    """`cuts_off`: the victim can't reach the database meanwhile; `all_off`: no node can."""

    name: str
    begin: Doing
    end: Doing
    cuts_off: bool = False
    all_off: bool = False


def _lines(hurt: Hurt, which: str) -> Iterable[TcpProxy]:
    victim = hurt.nodes[VICTIM]
    if which in ("database", "both"):
        yield victim.database
    if which in ("redis", "both"):
        assert victim.redis is not None
        yield victim.redis


_HOWS: dict[str, Callable[[TcpProxy], None]] = {
    "refused": TcpProxy.refuse,
    "held": TcpProxy.hold,
    "half-open": TcpProxy.drop,
    "unheard": lambda line: line.drop(down=False),
    "unanswered": lambda line: line.drop(up=False),
}


def _partition(which: str, how: str) -> Fault:
    def begin(hurt: Hurt) -> None:
        for line in _lines(hurt, which):
            _HOWS[how](line)

    def end(hurt: Hurt) -> None:
        for line in _lines(hurt, which):
            line.heal()

    return Fault(f"{which} {how}", begin, end, cuts_off=which != "redis")


def _slow(hurt: Hurt) -> None:
    for line in _lines(hurt, "both"):
        line.delay = 0.05


def _step(seconds: float) -> Doing:
    return lambda hurt: hurt.nodes[VICTIM].control.set(step_s=seconds)


def _restart(hurt: Hurt) -> None:
    hurt.nodes[VICTIM].start()


PARTITIONS = tuple(
    _partition(which, how) for which in ("redis", "database", "both") for how in _HOWS
)
FAULTS = (
    Fault("valkey killed, and back empty", lambda h: h.valkey.kill(), lambda h: h.valkey.start()),
    Fault("valkey frozen", lambda h: h.valkey.freeze(), lambda h: h.valkey.thaw()),
    Fault("postgres killed", lambda h: h.server.kill(), lambda h: h.server.start(), all_off=True),
    Fault("postgres frozen", lambda h: h.server.freeze(), lambda h: h.server.thaw(), all_off=True),
    Fault("node killed", lambda h: h.nodes[VICTIM].kill(), _restart),
    Fault("node stopped", lambda h: h.nodes[VICTIM].freeze(), lambda h: h.nodes[VICTIM].thaw()),
    Fault("slow lines", _slow, lambda h: h.nodes[VICTIM].heal()),
    Fault("clock an hour ahead", _step(3600), _step(0)),
    Fault("clock an hour behind", _step(-3600), _step(0)),
    *PARTITIONS,
)
BY_NAME = {fault.name: fault for fault in FAULTS}
