"""Looking through a listing of the store for what no index of it can find, at a bounded cost.

Reads are on the loop's thread, so they come in chunks, and others have their turn in between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

# What one request may cost, and what may be done of it in one turn. A row costs 1 or more.
WORK = 2_000
CHUNK = 25

Row = TypeVar("Row")
Place = TypeVar("Place")
Seen = TypeVar("Seen")


async def walk(
    read: Callable[[Place | None], Awaitable[Sequence[Row]]],
    place: Callable[[Row], Place],
    look: Callable[[Row], Seen | None],
    *,
    size: int,
    before: Place | None,
    cost: Callable[[Row], int] = lambda row: 1,
) -> tuple[list[Seen], Place | None]:
    """Up to `size` of what `look` makes of rows, and where to go on; None where the listing ended.

    `read` gives the next CHUNK rows before a position, `place` the position of one. Once the rows
    have cost WORK it stops, however little was found.
    """
    found: list[Seen] = []
    left, turn = WORK, CHUNK
    while True:
        rows = await read(before)
        for row in rows:
            before = place(row)
            left, turn = left - cost(row), turn - cost(row)
            if (seen := look(row)) is not None:
                found.append(seen)
            if left <= 0 or len(found) == size:
                break
            if turn <= 0:
                turn = CHUNK
                await asyncio.sleep(0)
        if len(rows) < CHUNK and (not rows or before == place(rows[-1])):
            return found, None
        if left <= 0 or len(found) == size:
            return found, before
