"""The database: whether it is there, whole, and keeps what it has acknowledged."""

import shutil
from collections.abc import Sequence

from server.settings import Settings
from storage import Database, database, migrate_status, sqlite_path
from storage.errors import StoreError
from storage.postgres.facts import facts

from . import servers
from .finding import FAIL, OK, WARN, Finding

_LOW, _FULL = 1024**3, 64 * 1024**2  # bytes


async def check(settings: Settings) -> Sequence[Finding]:
    """Everything of the database, as far as it can be reached."""
    try:
        if database(settings.database) is Database.SQLITE:
            return [*_disk(settings), await _schema(settings)]
        server = await facts(settings.database)
    except StoreError as error:
        return [Finding("database", FAIL, str(error))]
    return [*servers.check(server, settings), await _schema(settings)]


def _disk(settings: Settings) -> Sequence[Finding]:
    path = sqlite_path(settings.database)
    folder = next(each for each in path.parents if each.exists())
    free = shutil.disk_usage(folder).free
    room = f"{free // 1024**2} MiB are free beside {path}"
    more = "Make room: a full disk refuses every change, also every revocation."
    there = Finding("database", OK, f"SQLite, {path}")
    if not path.exists():
        there = Finding("database", WARN, f"there is no {path} yet", "Say: marzipan init")
    level = FAIL if free < _FULL else WARN if free < _LOW else OK
    return [
        there,
        Finding("disk", level, room, "" if level is OK else more),
    ]


async def _schema(settings: Settings) -> Finding:
    try:
        steps = await migrate_status(settings.database)
    except StoreError as error:
        return Finding("schema", FAIL, str(error))
    missing = [step.name for step in steps if not step.applied]
    if not missing:
        return Finding("schema", OK, f"this version's, {len(steps)} steps")
    level = WARN if len(missing) == len(steps) else FAIL
    advice = "Say `marzipan init`." if level is WARN else "Stop the servers: marzipan migrate up."
    return Finding("schema", level, f"{len(missing)} of {len(steps)} steps are missing", advice)
