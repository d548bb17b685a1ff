"""What a test tells a node that runs, in a file that both have mapped."""

import enum
import mmap
import os
import signal
import struct
import time
from pathlib import Path

_FORM = struct.Struct("=dI")


class Dies(enum.IntEnum):
    """Where a node is to kill itself."""

    NEVER = 0
    BEFORE_PUBLISH = 1  # committed, and nobody else knows of it


class Control:
    """A wall clock that may be stepped, and a place to die at."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_FORM.size))
        self.path = path
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _FORM.size)

    def set(self, *, step_s: float = 0.0, dies: Dies = Dies.NEVER) -> None:
        """From now on the node's wall clock is off by `step_s` seconds, and it dies there."""
        self._map[:] = _FORM.pack(step_s, dies)

    def clock(self) -> float:
        """Unix seconds, as the node believes."""
        step_s: float = _FORM.unpack(self._map[:])[0]
        return time.time() + step_s

    def die(self, where: Dies) -> None:
        """As a crash does it, where the test wants it here."""
        if _FORM.unpack(self._map[:])[1] == where:
            os.kill(os.getpid(), signal.SIGKILL)
