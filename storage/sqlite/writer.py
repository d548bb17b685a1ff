"""One thread that writes, many writes to a COMMIT.

Every write runs in its own savepoint, so that one that finds a conflict leaves its neighbours
alone. Nobody is answered before the COMMIT that holds their write has returned; where it fails,
all of the group are told so, since each may rest on what the others saw.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from storage.errors import StoreUnavailable
from storage.sql.script import Script

from .file import unavailable
from .running import run

Done = TypeVar("Done")
Write = Callable[[], Script[Any]]

_GROUP = 256
# What a single write can be blamed for. Any other error of the driver is the database's own.
_BLAME = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


class _Job:
    __slots__ = ("error", "future", "result", "write")

    def __init__(self, write: Write, future: asyncio.Future[Any]) -> None:
        self.write = write
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def finish(self) -> None:
        try:
            self.future.get_loop().call_soon_threadsafe(self._settle)
        except RuntimeError:
            # The caller's loop is closed: nobody waits any more, and what is written is written.
            return

    def _settle(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Owns the writing connection; `close` finishes what was handed in before it."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._db = connection
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="marzipan-writer", daemon=True)
        self._thread.start()

    async def write(self, write: Callable[[], Script[Done]]) -> Done:
        """Run a script in the next transaction; its result once that is durable."""
        if self._closed:
            raise StoreUnavailable(f"The database {self._path} is closed: the server is stopping.")
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(write, future))
        return await future

    async def close(self) -> None:
        """Finish all writes handed in, then close the connection. Idempotent."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        with contextlib.closing(self._db):
            self._serve()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            group, last = [job], False
            while len(group) < _GROUP and not last:
                try:
                    following = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    last = True
                else:
                    group.append(following)
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[_Job]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for job in group:
                self._one(job)
            self._db.execute("COMMIT")
        except (sqlite3.Error, MemoryError) as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            for job in group:
                job.error = unavailable(self._path, error)
        for job in group:
            job.finish()

    def _one(self, job: _Job) -> None:
        """Run one write; an error of the database leaves here, for it concerns the group."""
        self._db.execute("SAVEPOINT one")
        try:
            job.result = run(self._db, job.write())
        except _BLAME as error:
            job.error = unavailable(self._path, error)
        except (sqlite3.Error, MemoryError):
            raise
        except Exception as error:
            job.error = error
        if job.error is not None:
            self._db.execute("ROLLBACK TO one")
        self._db.execute("RELEASE one")
