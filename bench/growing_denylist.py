"""The denylist by how many entries it has: five ids that are not in it, and bytes an entry.

Five are what a key with a few blocks asks for. The ids that are asked for are new every time, so
that no cache of the processor knows where they would be.
"""

import random
from time import perf_counter

from bench.filling import NOW
from bench.memory import resident
from bench.results import Section
from engine import Denylist, Kind

ASKED = 20_000
ROUNDS = 10


def grow_denylist(section: Section, sizes: tuple[int, ...]) -> None:
    source = random.Random(6)
    denylist, count, before = Denylist(), 0, resident()
    for size in sizes:
        began, first = perf_counter(), count
        for _ in range(size - count):
            denylist.add(Kind.BLOCK, source.randbytes(16), 0, NOW * 2)
        each = (perf_counter() - began) / (size - first) * 1e6
        count = size
        section.add(f"add to {size:,} entries", "us", [each], x=size, series="add")
        bytes_each = (resident() - before) / size
        if size >= 100_000:  # below, what the allocator rounds up to is all that one sees
            section.add(f"{size:,} entries", "bytes", [bytes_each], x=size, series="bytes an entry")
        values = []
        for _ in range(ROUNDS):
            fives = [[source.randbytes(16) for _ in range(5)] for _ in range(ASKED // ROUNDS)]
            began = perf_counter()
            for five in fives:
                denylist.first_dead(Kind.BLOCK, five)
            values.append((perf_counter() - began) / len(fives) * 1e6)
        section.add(f"five absent of {size:,}", "us", values, x=size, series="five absent")
