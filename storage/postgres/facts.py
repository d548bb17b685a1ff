"""What a database server tells of itself, asked on a connection of its own."""

import time
from collections.abc import Mapping

import msgspec

from .connecting import connect_to_any
from .reader import patiently

_SETTINGS = (
    "fsync",
    "full_page_writes",
    "synchronous_commit",
    "synchronous_standby_names",
    "default_transaction_isolation",
)
_SETTING = "SELECT current_setting($1, true)"
_VERSION = "SELECT version()"
_STANDBY = "SELECT pg_is_in_recovery()"
_CLOCK = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A server as it stands. `settings` are its own, "" for one that it does not have.

    `clock_ms` is its clock in Unix milliseconds, `ours_ms` ours at the same moment, as near as half
    a `round_trip_ms` allows.
    """

    version: str
    cockroach: bool
    standby: bool
    settings: Mapping[str, str]
    clock_ms: int
    ours_ms: float
    round_trip_ms: float


async def facts(url: str) -> ServerFacts:
    """Ask a server, also a standby, for what it is. Raises StoreError."""
    return await patiently(lambda: _ask(url))


async def _ask(url: str) -> ServerFacts:
    db = await connect_to_any(url)
    try:
        version = str((await db.fetch(_VERSION))[0][0])
        cockroach = "CockroachDB" in version
        standby = False if cockroach else bool((await db.fetch(_STANDBY))[0][0])
        settings = {name: str((await db.fetch(_SETTING, name))[0][0] or "") for name in _SETTINGS}
        await db.fetch(_CLOCK)  # the second time it is prepared, and one round trip
        wall, began = time.time(), time.monotonic()
        clock_ms = int((await db.fetch(_CLOCK))[0][0])
        took = time.monotonic() - began
        return ServerFacts(
            version=version,
            cockroach=cockroach,
            standby=standby,
            settings=settings,
            clock_ms=clock_ms,
            ours_ms=(wall + took / 2) * 1000,
            round_trip_ms=took * 1000,
        )
    finally:
        db.terminate()
