"""What is fuzzed: each target builds a token around the data and asks both roads about it.

The readable road is the oracle: `compare` asserts that the compiled one says the same. The formats
beside the native one are in formats.py.
"""

import random
from collections.abc import Callable

import msgspec

from engine import Access, Denylist, actor_target
from tests.engine import chains
from tests.engine.odd import odd_record
from tests.engine.roads import Watched, base_access, compare
from tests.engine.world import NOW, World
from tests.fuzz.mutate import change, garble
from tests.vectors import wire

WORLD = World()
DENYING = Denylist()
DENYING.add(5, actor_target("default", "bot"), NOW, NOW + 10**9)
DENYING.add(3, b"?" * 16, 0, NOW + 10**9)
RECORDS = {b"K" * 16: odd_record({"networks": (b"\x0a\0\0\0\x08",)})}
VERIFIERS = [
    Watched(WORLD.keys, denylist=denylist, records=RECORDS, spend=chains.fits)
    for denylist in (DENYING, Denylist())
]
ACCESSES = [
    chains.all_allowing(),
    base_access(path="/a/%41;x?q=..", resource="a/é", scopes=("a:b", "marzipan:x"), tool="a.b"),
    base_access(client_ip="::ffff:10.0.0.1", path="/", resource="*", scopes=(), audience=""),
    Access(now=NOW + 49),
]


def ask(text: str, data: bytes) -> str:
    """What both roads say; the data also picks who asks, and what."""
    verifier = VERIFIERS[len(data) & 1]
    return compare(verifier, text, ACCESSES[sum(data[-9:]) % len(ACCESSES)])


def text(data: bytes) -> str:
    """Any text at all, and the same with its checksum set right."""
    spelled = data.decode("utf-8", "surrogateescape")
    if spelled.isascii():
        ask(WORLD.sign(spelled[:-7]), data)
    return ask(spelled, data)


def envelope(data: bytes) -> str:
    """Any bytes in a right text; where they have three parts, also with the tail set right."""
    told = ask(WORLD.spell("mz_mc", data), data)
    try:
        head, blocks, _ = msgspec.msgpack.decode(data, type=tuple[bytes, list[bytes], bytes])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return told
    return ask(WORLD.forge(head, *blocks), data) if len(data) < 5000 else told


def header(data: bytes) -> str:
    """Any header under a right tail, open and sealed."""
    ask(WORLD.forge(data, sealed=True), data)
    return ask(WORLD.forge(data), data)


def block(data: bytes) -> str:
    """Any block under a right tail, below a grant that allows everything, and below a key."""
    ask(WORLD.forge(wire.key_header(), data), data)
    return ask(WORLD.forge(wire.grant_header(scopes=["*"], actor="owner"), data), data)


TARGETS: dict[str, Callable[[bytes], str]] = {
    "text": text,
    "envelope": envelope,
    "header": header,
    "block": block,
}


def mutate(target: str, data: bytes, rng: random.Random) -> bytes:
    """One mutation: of the msgpack values where the data is msgpack, else of the bytes."""
    if target != "text" and rng.random() < 0.7:
        try:
            value = msgspec.msgpack.decode(data)
            for _ in range(rng.choice([1, 1, 2, 3])):
                value = change(value, rng)
            return wire.pack(value)
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, OverflowError):
            pass
    return garble(data, rng)
