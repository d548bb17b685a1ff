"""How long to wait after a failure, so that nodes that all lost one Redis do not return at once."""

import asyncio
import random

FIRST_S = 0.05
MOST_S = 2.0
CALM_S = 10.0  # without a failure for so long, the next one is a first


class Backoff:
    """Doubles from FIRST_S to MOST_S while failures follow each other, half of it random."""

    def __init__(self) -> None:
        self._next = FIRST_S
        self._last = 0.0

    async def pause(self) -> None:
        """Wait after one more failure."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._last > CALM_S:
            self._next = FIRST_S
        wait, self._next = self._next, min(2 * self._next, MOST_S)
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))
        self._last = loop.time()
