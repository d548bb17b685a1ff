"""Beside the load: the server's memory each second, and the history, where one is asked for."""

import os
import resource
from pathlib import Path
from typing import Any

import msgspec

HISTORY = os.environ.get("BENCH_HISTORY", "")
_encoder = msgspec.json.Encoder()
_file = open(HISTORY, "wb") if HISTORY else None


def write_history(event: Any) -> None:
    """One event a line, without secrets, for `checking.replay`."""
    if _file is not None:
        _file.write(_encoder.encode(event) + b"\n")


class Memory:
    """A process' resident memory in MiB, a sample for every second that passed."""

    def __init__(self, pid: int) -> None:
        self._path = Path(f"/proc/{pid}/statm")
        self.samples: list[float] = []

    def sample(self, passed_s: float) -> None:
        """Looks now. Seconds that were missed get what is seen now; a process that is gone none."""
        try:
            pages = int(self._path.read_text().split()[1])
        except OSError:
            return
        seen = pages * resource.getpagesize() / 2**20
        self.samples += [seen] * (int(passed_s) + 1 - len(self.samples))
