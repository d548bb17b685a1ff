"""Bytes of memory per cached key and per revocation, at a million of each.

    python -m bench.memory [COUNT]

What the process grew by, so everything is counted: ids, dictionary, records, free space in tables.
An actor has a thousand keys, as in a fleet; scopes are one tuple, as a loader shares them.
"""

import gc
import resource
import secrets
import sys

from bench.plan import Mode
from bench.results import Section
from engine import Denylist, KeyRecord, Kind

NOW = 1_800_000_000
SCOPES = ("payments:*", "orders:read")


def resident() -> int:
    """Bytes that the process holds now."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def grown(count: int) -> tuple[float, float]:
    """Bytes a cached key and bytes a revocation, at `count` of each."""
    records: dict[bytes, KeyRecord] = {}
    before = resident()
    for number in range(count):
        actor = f"actor-{number % (count // 1000 or 1)}"
        records[secrets.token_bytes(16)] = KeyRecord(
            1, NOW + number, NOW * 2 + number, actor=actor, scopes=SCOPES
        )
    keys = resident()
    denylist = Denylist()
    for _ in range(count):
        denylist.add(Kind.BLOCK, secrets.token_bytes(16), 0, NOW * 2)
    return (keys - before) / count, (resident() - keys) / len(denylist)


def measure(name: str, mode: Mode) -> Section:
    section = Section(name=name)
    count = mode.pick(100_000, 1_000_000)
    key, entry = grown(count)
    section.add("a cached key's record", "bytes", [key], note=f"at {count:,}")
    section.add("a revocation", "bytes", [entry], note=f"at {count:,}")
    return section


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    key, entry = grown(count)
    print(f"{count:,} keys: {key:.0f} bytes a key")
    print(f"{count:,} revocations: {entry:.0f} bytes an entry")


if __name__ == "__main__":
    main()
