"""Connections to a database server. Every wait has an end, also where the server is frozen.

asyncpg's own waits have none where it matters: leaving a pool's connection after a timeout waits
for the server to cancel, so a connection that timed out is torn down before it is given back.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import asyncpg

from storage.errors import StoreError, StoreUnavailable
from storage.url import UNREADABLE, Database, database, server_url

from .again import has_old_plan, is_lost
from .running import Connection, unavailable

CONNECT_S = 2.0
STATEMENT_S = 2.0
_ACQUIRE_S = 2.0
_READERS = 8


class Pool(Protocol):
    """What is used of a pool of asyncpg, which has no types of its own."""

    async def acquire(self, *, timeout: float) -> Connection: ...

    async def release(self, connection: Connection, *, timeout: float) -> None: ...

    def terminate(self) -> None: ...


def _options(url: str) -> dict[str, object]:
    settings = {
        "application_name": "marzipan",
        # A node that stopped in the middle of a write must not hold up all the others.
        "idle_in_transaction_session_timeout": "3000",
        "lock_timeout": "2000",
    }
    options: dict[str, object] = {
        "dsn": server_url(url),
        "timeout": CONNECT_S,
        "command_timeout": STATEMENT_S,
        "server_settings": settings,
    }
    if database(url) is Database.POSTGRES:
        # What is acknowledged is on the disk, however the server was told to treat others.
        settings["synchronous_commit"] = "on"
        # Rows are locked before they are read. Where more than that is asked for, most of what
        # waits for a lock is refused once it has it.
        settings["default_transaction_isolation"] = "read committed"
        # After a failover: never the standby, and never the primary of before.
        options["target_session_attrs"] = "read-write"
    return options


@contextlib.contextmanager
def _understood() -> Iterator[None]:
    """As `explained`; of a URL that can't be read nothing is told, for a password may be in it."""
    with explained():
        try:
            yield
        except ValueError:
            raise StoreError(UNREADABLE) from None


async def connect(url: str) -> Connection:
    """One connection. Raises StoreUnavailable, StoreError."""
    with _understood():
        db: Connection = await asyncpg.connect(**_options(url))
        return db


async def connect_to_any(url: str) -> Connection:
    """One to a server as it is, with its own settings, also to a standby. Raises as `connect`."""
    options = _options(url) | {"server_settings": {"application_name": "marzipan"}}
    options.pop("target_session_attrs", None)
    with _understood():
        db: Connection = await asyncpg.connect(**options)
        return db


async def open_pool(url: str) -> Pool:
    """Connections for reading, made as they are needed. Raises StoreUnavailable, StoreError."""
    with _understood():
        pool: Pool = await asyncpg.create_pool(
            min_size=1, max_size=_READERS, reset=_leave_as_it_is, **_options(url)
        )
        return pool


async def _leave_as_it_is(db: Connection) -> None:
    """Nothing is set on a connection but transactions: a round trip to reset it would be wasted."""


@contextlib.asynccontextmanager
async def reading(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool. Raises what asyncpg raises."""
    db = await pool.acquire(timeout=_ACQUIRE_S)
    try:
        yield db
    except BaseException as error:
        if is_lost(error) or has_old_plan(error) or not isinstance(error, Exception):
            db.terminate()
        raise
    finally:
        await pool.release(db, timeout=STATEMENT_S)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn what asyncpg and the network raise into a StoreError fit to read."""
    try:
        yield
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise StoreError(
            f"The database server refused the login: {error}. Put user and password into the URL "
            "or, out of sight of other processes, into the file that PGPASSFILE names."
        ) from error
    except asyncpg.InvalidCatalogNameError as error:
        raise StoreError(f"{error}. Create it: createdb, or CREATE DATABASE.") from error
    except asyncpg.TargetServerAttributeNotMatched as error:
        raise StoreUnavailable(
            "No database server that takes writes was found: the URL names a standby. Name the "
            "primary, or all hosts, of which the one that takes writes is used."
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise unavailable(error) from error
