"""One connection that writes, many writes to a COMMIT.

A group begins by locking the counter rows of the logs that it will append to, and the rows of the
budgets that it will debit, in one order: so the writes of a tenant are serial over all nodes, each
sees what the one before it did, and no two nodes wait for each other. Every write then runs in its
own savepoint, so that one that finds a conflict leaves its neighbours alone. Nobody is answered
before the COMMIT that holds their write returned.

Where the connection is lost during COMMIT nobody knows what became of it. Then the same rows are
locked once more, which waits until the old transaction is over, and a write of the group that can
tell is asked for its trace. The transaction that asks commits, too, though it writes nothing: where
standbys have to confirm, that confirms what it has seen.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from storage.errors import StoreError, StoreUnavailable
from storage.sql.script import Script

from .again import TRIES, has_lost_a_race, has_old_plan, is_lost, pause
from .connecting import connect
from .locking import BudgetRow, CounterRow, lock_budgets, lock_counters
from .running import Connection, run, unavailable

Done = TypeVar("Done")

_GROUP = 256
_PATIENCE_S = 6.0


@dataclass(slots=True, eq=False)
class _Job:
    script: Callable[[], Script[Any]]
    counters: Sequence[CounterRow]
    budgets: Sequence[BudgetRow]
    trace: Callable[[Any], Script[bool]] | None
    may_repeat: bool
    began: float
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Owns the writing connection; `close` finishes what was handed in before it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: Connection | None = None
        self._committing = False
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._closed = False
        self._task = asyncio.ensure_future(self._serve())

    async def write(
        self,
        script: Callable[[], Script[Done]],
        *,
        counters: Sequence[CounterRow] = (),
        budgets: Sequence[BudgetRow] = (),
        trace: Callable[[Done], Script[bool]] | None = None,
        may_repeat: bool = False,
    ) -> Done:
        """Run a script in the next transaction; its answer once that is durable.

        `trace` tells later, from the answer, whether it was; `may_repeat`: it does no harm to write
        it a second time. Raises what the script raises, and StoreUnavailable.
        """
        if self._closed:
            raise StoreUnavailable("The database is closed: the server is stopping.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Done] = loop.create_future()
        job = _Job(script, counters, budgets, trace, may_repeat, loop.time(), future)
        self._jobs.put_nowait(job)
        return await future

    async def close(self) -> None:
        """Finish all writes handed in, then close the connection. Idempotent."""
        if not self._closed:
            self._closed = True
            self._jobs.put_nowait(None)
        await self._task

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        last = False
        while not last:
            waiting = [await self._jobs.get()]
            while len(waiting) < _GROUP and not self._jobs.empty():
                waiting.append(self._jobs.get_nowait())
            last = waiting[-1] is None
            group = [job for job in waiting if job is not None]
            for job in group:
                if loop.time() - job.began > _PATIENCE_S:
                    job.error = unavailable(TimeoutError())
                    job.settle()
            if group := [job for job in group if not job.future.done()]:
                await self._commit(group)
        self._drop()

    async def _commit(self, group: Sequence[_Job]) -> None:
        try:
            await self._try_until_written(group, asyncio.get_running_loop().time() + _PATIENCE_S)
        except Exception as error:
            # Each may rest on what the others saw, so all of them are told.
            for job in group:
                job.error = error
        for job in group:
            job.settle()

    async def _try_until_written(self, group: Sequence[_Job], deadline: float) -> None:
        loop = asyncio.get_running_loop()
        for attempt in range(TRIES):
            self._committing = False
            try:
                await self._transact(await self._connection(), group)
                return
            except Exception as error:
                lost, raced = is_lost(error), has_lost_a_race(error)
                if not raced:
                    self._drop()
                if lost and self._committing and await self._resolve(group, deadline, error):
                    return
                if not (lost or raced or has_old_plan(error)):
                    raise error if isinstance(error, StoreError) else unavailable(error) from error
                if attempt + 1 == TRIES or loop.time() > deadline:
                    raise unavailable(error) from error
                await self._undo()
            await pause(attempt)

    async def _transact(self, db: Connection, group: Sequence[_Job]) -> None:
        await db.execute("BEGIN")
        await _lock(db, group)
        for job in group:
            await _one(db, job)
        self._committing = True
        if (status := await db.execute("COMMIT")) != "COMMIT":
            raise StoreUnavailable(
                f"The database answered COMMIT by {status}. Nothing was written."
            )

    async def _resolve(self, group: Sequence[_Job], deadline: float, cause: Exception) -> bool:
        """Whether the group was written. Raises StoreUnavailable where that can't be told."""
        loop = asyncio.get_running_loop()
        if all(job.may_repeat for job in group):
            return False
        done = (job for job in group if job.error is None and job.trace is not None)
        if (job := next(done, None)) is None or job.trace is None:
            raise unavailable(cause, unknown=True) from cause
        tries = 0
        while loop.time() < deadline:
            try:
                db = await self._connection()
                await db.execute("BEGIN")
                await _lock(db, group)
                written = await run(db, job.trace(job.result))
                if await db.execute("COMMIT") == "COMMIT":
                    return written
            except Exception as error:
                self._drop()
                if not (is_lost(error) or has_lost_a_race(error)):
                    raise unavailable(error, unknown=True) from error
            await pause(tries := tries + 1)
        raise unavailable(cause, unknown=True) from cause

    async def _connection(self) -> Connection:
        if self._db is None or self._db.is_closed():
            self._db = await connect(self._url)
        return self._db

    async def _undo(self) -> None:
        if self._db is not None:
            try:
                await self._db.execute("ROLLBACK")
            except Exception:
                self._drop()

    def _drop(self) -> None:
        if self._db is not None:
            with contextlib.suppress(Exception):
                self._db.terminate()
            self._db = None


async def _lock(db: Connection, group: Sequence[_Job]) -> None:
    await lock_counters(db, (row for job in group for row in job.counters))
    await lock_budgets(db, (row for job in group for row in job.budgets))


async def _one(db: Connection, job: _Job) -> None:
    """Run one write; an error of the database leaves here, for it concerns the group."""
    job.error = job.result = None
    await db.execute("SAVEPOINT one")
    try:
        job.result = await run(db, job.script())
    except Exception as error:
        if is_lost(error) or has_lost_a_race(error) or has_old_plan(error):
            raise
        job.error = error if not _is_driver(error) else unavailable(error)
        await db.execute("ROLLBACK TO SAVEPOINT one")
    await db.execute("RELEASE SAVEPOINT one")


def _is_driver(error: Exception) -> bool:
    return type(error).__module__.startswith("asyncpg")
