"""Whether the stream carries: what this node writes gets through, and it hears what is written.

Never a reason to trust anything: a healthy stream only lets the feed ask the database less often.
"""

import asyncio
import logging
from collections.abc import Callable

LAPSE_S = 1.0  # silence for so long is an outage: beats come many times a second

_log = logging.getLogger("marzipan.redis")


class Health:
    """Healthy while messages are heard, own ones among them, and nothing has failed since.

    `changed` is told True or False at each change, which is also logged once.
    """

    def __init__(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed
        self._said = False  # whether an outage was logged; none is before the first try
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = 0.0
        self._own: int | None = None  # the own message that must come back, and since when
        self._own_at = 0.0
        self.healthy = False

    def sent(self, count: int) -> None:
        """An own message was written; it has to be heard."""
        if self._own is None:
            self._own, self._own_at = count, _now()

    def heard(self) -> None:
        """A message of another node was heard, one that was never heard before."""
        self._heard_at = _now()

    def heard_own(self, count: int) -> None:
        """An own message came back, which proves both ways."""
        self._heard_at = _now()
        if self._own is None or count < self._own:
            return
        self._own = None
        if not self.healthy:
            self._tell(True, "")
            self._watch()

    def lost(self, why: str) -> None:
        """Something failed; `why` is fit for a log."""
        self._own = None
        if self.healthy or not self._said:
            self._tell(False, why)

    def close(self) -> None:
        """Stop looking at the clock."""
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self, healthy: bool, why: str) -> None:
        self.healthy = healthy
        if healthy:
            _log.info("the revocation stream in Redis carries")
        else:
            self._said = True
            _log.warning(
                "the revocation stream in Redis does not carry: %s. Revocations go on through the "
                "database alone.",
                why,
            )
        self._changed(healthy)

    def _watch(self) -> None:
        now, silent = _now(), None
        if now - self._heard_at >= LAPSE_S:
            silent = "nothing is heard on it"
        elif self._own is not None and now - self._own_at >= LAPSE_S:
            silent = "what this node writes does not come back"
        if silent is not None:
            self.lost(silent)
        if self.healthy:
            self._timer = asyncio.get_running_loop().call_later(LAPSE_S / 4, self._watch)


def _now() -> float:
    return asyncio.get_running_loop().time()
