"""A running server works with the secrets it read at its start, and says so when they change."""

import logging
from pathlib import Path

from .ownfile import Stamp, stamp

_log = logging.getLogger("marzipan.secrets")


class SecretWatch:
    """Looks whether the secret file is still the one that was read; `since` is that one's stamp."""

    def __init__(self, path: Path, since: Stamp) -> None:
        self._path = path
        self._read = since
        self._said: Stamp | None = since

    def changed(self) -> bool:
        """Whether another file stands there now, or none."""
        return stamp(self._path) != self._read

    async def look(self) -> None:
        """Warn once about each change."""
        now = stamp(self._path)
        if now == self._said:
            return
        self._said = now
        if now is None:
            _log.warning(
                "the secret file %s is gone: bring it back before the next restart", self._path
            )
        elif now != self._read:
            _log.warning(
                "the secret file %s has changed: restart this server, it still signs and verifies "
                "with the keys it read before",
                self._path,
            )
