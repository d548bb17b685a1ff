"""What is said often while it lasts is logged at most once a second, with how often it was said."""

import logging
import math
import time
from collections.abc import Callable

PAUSE_S = 1.0
MOST = 64  # different messages that are remembered


class Seldom:
    """Logs warnings. `clock` gives seconds that only grow."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}  # when last, and how often not since

    def warn(self, message: str, request_id: str) -> None:
        """Log the message, unless it was within the last second: then it is counted.

        `request_id` is that of the request at hand, fit for a log. The count stands on the next
        line of the message, whenever that comes.
        """
        now = self._clock()
        last, unsaid = self._said.pop(message, (-math.inf, 0))
        if now - last < PAUSE_S:
            self._said[message] = (last, unsaid + 1)
            return
        self._said[message] = (now, 0)
        if len(self._said) > MOST:
            del self._said[next(iter(self._said))]
        more = f" ({unsaid} more since the last such line)" if unsaid else ""
        self._logger.warning("%s%s", message, more, extra={"request_id": request_id})
