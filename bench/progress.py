"""How far a run is: a bar by the planned seconds on a terminal, a line a part elsewhere."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bench.plan import Mode, Part

TICK_S = 0.25


class Bar:
    """It runs with the clock within a part, and waits where a part takes longer than planned."""

    def __init__(self, console: Console, parts: Sequence[Part], mode: Mode) -> None:
        self._console, self._mode = console, mode
        total = sum(part.seconds(mode) for part in parts)
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
            TimeElapsedColumn(), console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task("bench", total=total)
        self._done = 0.0

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._progress.stop()

    @contextlib.contextmanager
    def part(self, part: Part) -> Iterator[None]:
        """While a part runs."""
        planned, began, over = part.seconds(self._mode), time.monotonic(), threading.Event()
        self._progress.update(self._task, description=f"{part.name}: {part.what}")
        if not self._console.is_terminal:
            self._console.print(f"{part.name}: {part.what} (about {planned:.0f} s)")

        def tick() -> None:
            while not over.wait(TICK_S):
                within = min(time.monotonic() - began, planned)
                self._progress.update(self._task, completed=self._done + within)

        ticking = threading.Thread(target=tick, daemon=True)
        ticking.start()
        try:
            yield
        finally:
            over.set()
            ticking.join()
            self._done += planned
            self._progress.update(self._task, completed=self._done)
