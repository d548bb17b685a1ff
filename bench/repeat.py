"""Repeats a call as cheaply as Python can."""

from collections.abc import Callable
from itertools import repeat


def repeated(call: Callable[[], object]) -> Callable[[int], None]:
    """A run(n) that calls n times."""

    def run(times: int) -> None:
        for _ in repeat(None, times):
            call()

    return run
