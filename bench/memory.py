"""Bytes of memory per cached key and per revocation, at a million of each.

    python -m bench.memory [COUNT]

What the process grew by, so everything is counted: ids, dictionary, records, free space in tables.
An actor has a thousand keys, as in a fleet; scopes are one tuple, as a loader shares them.
"""

import gc
import resource
import secrets
import sys

from engine import Denylist, KeyRecord, Kind

NOW = 1_800_000_000


def resident() -> int:
    """Bytes that the process holds now."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
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
    entries = resident()
    print(f"{count:,} keys: {(keys - before) / count:.0f} bytes a key")
    print(f"{len(denylist):,} revocations: {(entries - keys) / count:.0f} bytes an entry")


SCOPES = ("payments:*", "orders:read")

if __name__ == "__main__":
    main()
