"""Runs scripts on a connection of asyncpg, and says what its errors mean to people."""

import functools
import re
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import asyncpg
from asyncpg import exceptions

from storage.errors import StoreUnavailable
from storage.sql.script import Duplicate, Result, Script

Done = TypeVar("Done")

_HINT = re.compile(r" INDEXED BY \w+")
CLOCK = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


class Connection(Protocol):
    """What is used of a connection of asyncpg, which has no types of its own."""

    async def fetch(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]: ...

    async def execute(self, sql: str, *values: Any, timeout: float | None = None) -> str: ...

    def terminate(self) -> None: ...

    def is_closed(self) -> bool: ...


async def run(db: Connection, script: Script[Done]) -> Done:
    """What the script answers. Raises what it raises, and what asyncpg does."""
    try:
        sql, values = next(script)
        while True:
            try:
                result = await _execute(db, marked(sql), values)
            except exceptions.UniqueViolationError as error:
                try:
                    script.throw(Duplicate)
                except Duplicate:
                    pass
                raise error
            sql, values = script.send(result)
    except StopIteration as done:
        answer: Done = done.value
        return answer
    finally:
        script.close()


async def _execute(db: Connection, sql: str, values: Sequence[Any]) -> Result:
    if sql.lstrip().startswith("SELECT"):
        return Result(await db.fetch(sql, *values), 0)
    status = await db.execute(sql, *values)
    return Result((), int(status.rpartition(" ")[2]))


@functools.lru_cache(maxsize=1024)
def marked(sql: str) -> str:
    """The statement as Postgres takes it: its marks are $1, $2 and so on."""
    first, *others = _HINT.sub("", sql).replace("database_ms()", CLOCK).split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))


def unavailable(error: BaseException, *, unknown: bool = False) -> StoreUnavailable:
    """What a driver's error means, and what to do. Nothing of the URL is in it."""
    if isinstance(error, TimeoutError):
        what = "it did not answer in time"
    elif isinstance(error, asyncpg.PostgresError):
        what = f"{error} (SQLSTATE {error.sqlstate})"
    else:
        what = str(error) or type(error).__name__
    outcome = (
        "Whether the change was written is not known: read before it is made again."
        if unknown
        else "Nothing was written."
    )
    return StoreUnavailable(
        f"The database server failed: {what}. {outcome} See whether it runs, is reachable and has "
        "room; `marzipan migrate status` tries it."
    )
