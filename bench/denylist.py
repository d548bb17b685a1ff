"""The denylist's tiers at growing sizes: memory, look-ups, the longest addition, snapshots.

    python -m bench.denylist [COUNT ...]     # 10,000 to 1,000,000; 10,000,000 takes a minute

Ids are looked up in an order that no cache foresees, one by one.
The longest addition is that of any single entry, growth of the table included. All times are of the
processor, as on a shared machine the clock tells of the others too: waiting for a disk is left out.
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


def worked(call: Callable[[], object]) -> float:
    """Seconds of the processor."""
    start = time.process_time()
    call()
    return time.process_time() - start


def look_up(denylist: Denylist, targets: Sequence[bytes]) -> float:
    """Nanoseconds of the thread for a look-up, the call from Python included; the best of three."""
    is_dead, kind, best = denylist.is_dead, int(Kind.BLOCK), math.inf
    for _ in range(3):
        start = time.thread_time_ns()
        for one in targets:
            is_dead(kind, one)
        best = min(best, (time.thread_time_ns() - start) / len(targets))
    return best


def in_theory(snapshot: Snapshot) -> float:
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


def let_through(snapshot: Snapshot, absent: Sequence[bytes]) -> float:
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
    path = folder / "snapshot"
    writing = worked(lambda: compact(denylist, path, key=KEY, claim=CLAIM, now=NOW))
    opened: list[Snapshot] = []
    opening = worked(
        lambda: opened.append(open_snapshot(path, KEY, tenant="default", database="bench"))
    )
    (snapshot,), fresh = opened, Denylist()
    adopting = worked(lambda: fresh.adopt(snapshot))
    for name, value in (
        ("in memory, bytes an entry", f"{memory:.0f}"),
        ("  addition, mean", f"{sum(pauses) / count:.0f} ns"),
        ("  addition, 99.99 %", f"{pauses[int(count * 0.9999)] / 1000:.0f} us"),
        ("  addition, longest", f"{pauses[-1] / 1000:.0f} us"),
        ("  look-up, there", f"{look_up(denylist, asked):.0f} ns"),
        ("  look-up, not there", f"{look_up(denylist, absent):.0f} ns"),
        ("in a snapshot, bytes an entry", f"{path.stat().st_size / count:.1f}"),
        ("  merged, written, verified", f"{writing:.2f} s"),
        ("  opened, nearly all the digest", f"{opening * 1000:.1f} ms"),
        ("  adopted by an empty denylist", f"{adopting * 1000:.2f} ms"),
        ("  adopted where all is in memory", f"{worked(lambda: denylist.adopt(snapshot)):.2f} s"),
        ("  look-up, there", f"{look_up(fresh, asked):.0f} ns"),
        ("  look-up, not there", f"{look_up(fresh, absent):.0f} ns"),
        ("  let through by the filters", f"{let_through(snapshot, absent):.3%}"),
        ("  in theory", f"{in_theory(snapshot):.3%}"),
    ):
        print(f"{count:>12,}  {name:34}{value:>12}")


def main() -> None:
    counts = [int(one) for one in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            row(count, pathlib.Path(folder))


if __name__ == "__main__":
    main()
