"""Slow hashes are tried a few at a time, in turn, so that nobody's guesses keep others waiting.

* THREADS run at once, outside the interpreter's lock and, on Linux, at a lower priority: what is
  answered from memory goes on meanwhile.
* Rows take turns. Of one row one guess is tried at a time, and after QUICK wrong ones one in
  PAUSE_S: so much, and no more, can be guessed of a key. It is never locked.
* At most ROWS rows wait, and LINE guesses for each. Where all places are taken, a row with fewer
  wrong guesses takes the place of the one that has most: a key that nobody attacks waits for
  ROWS / THREADS trials at most. Whoever finds no place, or loses it, is told to come again.
* Of the guesses for one row that goes first which was presented most often. Its holder presents
  one text over and over; whoever guesses has to present each guess as often. As long as there are
  fewer than PRESENTED / 2 guesses to each presentation of his, he has a place within four, and is
  tried before whatever comes after him. For that the most frequent guesses are counted, PRESENTED
  of a row (Metwally et al., Efficient computation of frequent and top-k elements, 2005).
* A guess that was wrong once costs nothing again, while it is among the last WRONG.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from .oldest import make_room
from .problems import Problem

THREADS = 2
ROWS = 32
LINE = 8
QUICK = 10
PAUSE_S = 1.0
PRESENTED = 512
KNOWN = 512  # rows of which anything is remembered
WRONG = 50_000
_NICE = 10


class Busy(Problem):
    """The trial found no place: nothing is known of the credential. To be presented again."""

    def __init__(self) -> None:
        super().__init__(
            "SERVICE_UNAVAILABLE",
            "The credential is still to be checked against an imported hash, and too many wait for "
            "that. Present it again shortly.",
            headers=((b"retry-after", b"1"),),
        )


class _Trial:
    """A guess in line: what tries it, how often it was presented, and who waits to be told."""

    __slots__ = ("check", "presented", "told")

    def __init__(self, check: Callable[[], bool], presented: int) -> None:
        self.check = check
        self.presented = presented
        self.told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.told.add_done_callback(lambda told: told.cancelled() or told.exception())


class _Row:
    """What is known of the guesses for one row."""

    __slots__ = ("presented", "ready", "running", "waiting", "wrong")

    def __init__(self) -> None:
        self.presented: dict[bytes, int] = {}
        self.waiting: dict[bytes, _Trial] = {}
        self.running = False
        self.wrong = 0
        self.ready = 0.0

    def count(self, guess: bytes) -> int:
        """How often a guess was presented, this time included; never too low."""
        least = 0
        if guess not in self.presented and len(self.presented) >= PRESENTED:
            rarest = min(self.presented, key=self.presented.__getitem__)
            least = self.presented.pop(rarest)
        self.presented[guess] = self.presented.get(guess, least) + 1
        return self.presented[guess]


class Trials:
    """All slow hashes of a node. Rows and guesses are named by bytes; `check` runs in a thread."""

    def __init__(self, *, threads: int = THREADS, pause: float = PAUSE_S) -> None:
        self._threads = threads
        self._pause = pause
        self._pool = ThreadPoolExecutor(threads, "slow-hash", _step_back)
        self._rows: dict[bytes, _Row] = {}
        self._turns: dict[bytes, _Row] = {}
        self._wrong: dict[tuple[bytes, bytes], None] = {}
        self._running = 0
        self._closed = False
        self._alarm: asyncio.TimerHandle | None = None

    async def attempt(self, name: bytes, guess: bytes, check: Callable[[], bool]) -> bool:
        """Whether the guess fits the row of that name. Raises Busy."""
        if (name, guess) in self._wrong:
            return False
        row = self._row(name)
        trial = _Trial(check, row.count(guess))
        self._admit(name, row, trial)
        row.waiting[guess] = trial
        self._turns.setdefault(name, row)
        self._start()
        return await trial.told

    def close(self) -> None:
        """Begin no other trial; one that runs is left to end."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _row(self, name: bytes) -> _Row:
        row = self._rows.pop(name, None) or _Row()
        self._rows[name] = row  # the last that was asked for stands last
        if len(self._rows) > KNOWN:
            idle = (n for n, each in self._rows.items() if not each.waiting and not each.running)
            del self._rows[next(idle)]
        return row

    def _admit(self, name: bytes, row: _Row, trial: _Trial) -> None:
        """Make room for the trial. Raises Busy."""
        if len(row.waiting) >= LINE:
            least = min(row.waiting, key=lambda guess: row.waiting[guess].presented)
            if row.waiting[least].presented >= trial.presented:
                raise Busy
            row.waiting.pop(least).told.set_exception(Busy())
        elif name not in self._turns and len(self._turns) >= ROWS:
            worst = max(self._turns, key=lambda each: self._turns[each].wrong)
            if self._turns[worst].wrong <= row.wrong:
                raise Busy
            for lost in self._turns.pop(worst).waiting.values():
                lost.told.set_exception(Busy())
            self._rows[worst].waiting.clear()

    def _start(self) -> None:
        """Begin as many trials as may run; where only pauses hinder, look again after them."""
        loop = asyncio.get_running_loop()
        while self._running < self._threads and (name := self._next(loop.time())) is not None:
            row = self._turns.pop(name)
            guess = max(row.waiting, key=lambda each: row.waiting[each].presented)
            trial = row.waiting.pop(guess)
            row.running = True
            self._running += 1
            done = loop.run_in_executor(self._pool, trial.check)
            done.add_done_callback(partial(self._ended, name, row, guess, trial))

    def _ended(
        self, name: bytes, row: _Row, guess: bytes, trial: _Trial, done: asyncio.Future[bool]
    ) -> None:
        self._running -= 1
        row.running = False
        if done.cancelled():
            trial.told.cancel()
        elif trial.told.done():
            done.exception()  # looked at, for nobody waits
        elif (error := done.exception()) is not None:
            trial.told.set_exception(error)
        else:
            if not done.result():
                self._missed(name, row, guess)
            trial.told.set_result(done.result())
        if row.waiting:
            self._turns[name] = row  # behind all others
        if not self._closed:
            self._start()

    def _missed(self, name: bytes, row: _Row, guess: bytes) -> None:
        row.wrong += 1
        row.presented.pop(guess, None)
        if row.wrong >= QUICK:
            row.ready = asyncio.get_running_loop().time() + self._pause
        make_room(self._wrong, WRONG)
        self._wrong[name, guess] = None

    def _next(self, now: float) -> bytes | None:
        able = [name for name, row in self._turns.items() if not row.running]
        ready = next((name for name in able if self._turns[name].ready <= now), None)
        if ready is None and able:
            if self._alarm is not None:
                self._alarm.cancel()
            at = min(self._turns[name].ready for name in able)
            self._alarm = asyncio.get_running_loop().call_at(at, self._start)
        return ready


def _step_back() -> None:
    # On Linux a thread has a priority of its own; elsewhere this would slow the whole process.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
