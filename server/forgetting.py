"""Until when the revocation log may be forgotten, whatever the clock says.

What is pruned never comes back, so one prune on a clock that is years ahead would let revoked
tokens live again for ever. A node believes its clock only as far as the newest change that the
database held when it started, the time that it has run since, and SLACK_S. Every entry outlives
what it kills by as long, so that a clock that is ahead forgets nothing that is still needed. A
server that was stopped for longer forgets that much later, until its next start. What remains: a
change that was committed on a clock ahead, and then a start and a prune on such a clock too.
"""

import logging
import time
from collections.abc import Callable
from functools import partial

SLACK_S = 86_400

_log = logging.getLogger("marzipan.pruning")


# Seconds on a clock that nobody sets, and that runs on through suspend where there is one. Each
# verify reads it, so there is no function around it.
boot_time = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Forgetting:
    """`proven` is a Unix second that has certainly passed; `elapsed` a clock that nobody sets."""

    def __init__(self, proven: int, elapsed: Callable[[], float] = boot_time) -> None:
        self._proven = proven
        self._elapsed = elapsed
        self._began = elapsed()
        self._said = False

    def until(self, now: int) -> int:
        """The Unix second before which everything may be forgotten, never after `now`."""
        believed = self._proven + int(self._elapsed() - self._began) + SLACK_S
        if now > believed and not self._said:
            self._said = True
            _log.warning(
                "the clock is %d seconds ahead of the newest change in the database and the time "
                "since the start: check it. What expired lately is kept until the next start",
                now - believed + SLACK_S,
            )
        return min(now, believed)
