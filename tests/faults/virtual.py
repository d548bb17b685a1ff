"""An event loop whose time is a number: whatever waits, waits for nothing, in a fixed order."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Done = TypeVar("Done")


class _Jump(selectors.DefaultSelector):
    """Instead of waiting, moves the time on."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("nothing is left that could ever happen")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs as if in real time, and takes none."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def run(coroutine: Coroutine[Any, Any, Done]) -> Done:
    """Run to the end, on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
