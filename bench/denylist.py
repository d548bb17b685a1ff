"""The denylist's tiers at growing sizes: memory, look-ups, the longest addition, snapshots.

    python -m bench.denylist [COUNT ...]     # 10,000 to 1,000,000; 10,000,000 takes two minutes

Ids are looked up in an order that no cache foresees, through `first_dead`, whose loop is compiled.
The longest addition is that of any single entry, growth of the table included. All times but those
of whole files are the thread's, as on a shared machine the clock tells of the others too.
"""

import math
import pathlib
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from engine import Denylist, Kind
from engine._run_py import filter_bits, mix, numbers, shape
from engine.snapshot import Claim, Snapshot
from engine.snapshot_file import compact, open_snapshot

from .memory import NOW, resident

DAY = 86_400
KEY = bytes(range(32))
CLAIM = Claim("default", "bench", (1,) * 16)
SAMPLE = 100_000
# Some expire soon, some later, most last as long as keys do.
SPANS = (DAY, 5 * DAY, 90 * DAY, 90 * DAY)


def ids(count: int) -> Sequence[bytes]:
    data = secrets.token_bytes(16 * count)
    return [data[at : at + 16] for at in range(0, len(data), 16)]


def seconds(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start


def per_lookup(denylist: Denylist, targets: Sequence[bytes], dead: bool) -> float:
    """Nanoseconds of a look-up. What is dead is looked up one by one, as the first one ends it."""
    if not dead:
        best = min(seconds(lambda: denylist.first_dead(Kind.BLOCK, targets)) for _ in range(3))
        return best / len(targets) * 1e9
    is_dead, kind = denylist.is_dead, int(Kind.BLOCK)
    best = min(seconds(lambda: [is_dead(kind, one) for one in targets]) for _ in range(3))
    return best / len(targets) * 1e9


def expected(snapshot: Snapshot) -> float:
    """The filters' rate of false positives in theory: a block's load is Poisson-distributed."""
    rate = 1.0
    for _, values, count, _, _ in snapshot.runs:
        load = count / shape(values, count).blocks
        one, term = 0.0, math.exp(-load)
        for entries in range(200):
            one += term * (1 - (1 - 1 / 32) ** entries) ** 8
            term *= load / (entries + 1)
        rate *= 1 - one
    return 1 - rate


def measured(snapshot: Snapshot, absent: Sequence[bytes]) -> float:
    """The rate at which any of the filters lets through what is not there."""
    seed, hits = numbers(snapshot.seed), 0
    for target in absent:
        mixed = mix(seed, Kind.BLOCK, target)
        hits += any(
            all(snapshot.data[at + byte] & bit for byte, bit in filter_bits(blocks, mixed))
            for at, blocks in (
                (run[0], shape(run[1], run[2]).blocks) for run in snapshot.runs if not run[1]
            )
        )
    return hits / len(absent)


def row(count: int, folder: pathlib.Path) -> None:
    present, absent = ids(count), ids(SAMPLE)
    asked = random.sample(present, min(SAMPLE, count))
    denylist, clock = Denylist(), time.thread_time_ns
    pauses = [0] * count
    before = resident()
    for number, one in enumerate(present):
        start = clock()
        denylist.add(3, one, 0, NOW + SPANS[number % 4])
        pauses[number] = clock() - start
    memory = (resident() - before) / count
    pauses.sort()
    print(f"\n{count:,} entries")
    print(f"  in memory        {memory:6.0f} bytes an entry")
    print(
        f"    addition       {sum(pauses) / count:6.0f} ns, 99.99 % {_us(pauses, 0.9999)}, longest {_us(pauses, 1)}"
    )
    print(
        f"    look-up        {per_lookup(denylist, asked, True):6.0f} ns there, {per_lookup(denylist, absent, False):.0f} ns not there"
    )
    path = folder / "snapshot"
    written = seconds(lambda: compact(denylist, path, key=KEY, claim=CLAIM, now=NOW))
    again = Denylist()
    start = time.perf_counter()
    snapshot = open_snapshot(path, KEY, tenant="default", database="bench")
    opened = time.perf_counter() - start
    adopted = seconds(lambda: again.adopt(snapshot))
    print(f"  in a snapshot    {path.stat().st_size / count:6.1f} bytes an entry")
    print(
        f"    merged, written, verified {written:.2f} s; opened {opened * 1e3:.1f} ms, nearly all of it the digest; adopted {adopted * 1e3:.2f} ms"
    )
    swapped = seconds(lambda: denylist.adopt(snapshot))
    print(
        f"    adopted where all was in memory {swapped * 1e3:.0f} ms; in memory then: {denylist.exact}"
    )
    print(
        f"    look-up        {per_lookup(again, asked, True):6.0f} ns there, {per_lookup(again, absent, False):.0f} ns not there"
    )
    print(
        f"    filters say yes to {measured(snapshot, absent[:50_000]):.3%} of others, in theory {expected(snapshot):.3%}"
    )


def _us(ordered: Sequence[int], share: float) -> str:
    return f"{ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000:.0f} us"


def main() -> None:
    counts = [int(one) for one in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            row(count, pathlib.Path(folder))


if __name__ == "__main__":
    main()
