"""A deadline that is set often and passes seldom."""

import asyncio
from collections.abc import Callable

_NEVER = float("inf")


class Deadline:
    """Calls `late` once the time that was last set has passed.

    Setting a later time is one addition: the timer that runs finds out when it fires.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, late: Callable[[], None]) -> None:
        self._loop = loop
        self._late = late
        self._at = _NEVER
        self._fires = _NEVER
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """The time is up in so many seconds from now, whatever was set before."""
        self._at = self._loop.time() + seconds
        if self._at < self._fires:
            self._arm()

    def clear(self) -> None:
        """No time is set."""
        self._at = _NEVER

    def cancel(self) -> None:
        """No time is set, and nothing is left in the loop."""
        self.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires = self._at
        self._timer = self._loop.call_at(self._at, self._fired)

    def _fired(self) -> None:
        self._timer, self._fires = None, _NEVER
        if self._at == _NEVER:
            return
        if self._at > self._loop.time():
            self._arm()
            return
        self.clear()
        self._late()
