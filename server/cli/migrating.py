"""migrate: the schema of a database, forward only."""

import asyncio
import sys

import click

from server.settings import Settings, load
from storage import migrate_status, migrate_up

from .local import advice, config_option, database_option
from .output import emit, hint, json_option, table


@click.group(short_help="Bring a database's schema to this version.")
def migrate() -> None:
    """Bring a database's schema to this version, forward only."""


@migrate.command(short_help="Apply the steps that are missing.")
@database_option
@config_option
@json_option
def up(as_json: bool, **flags: object) -> None:
    """Apply the schema steps that are missing; the server must be stopped."""
    applied = asyncio.run(_up(load(flags)))
    if as_json:
        emit({"applied": applied})
    elif applied:
        hint(f"applied {len(applied)} steps, the last is {applied[-1]}")
        hint(f"next: {advice('serve', flags)}")
    else:
        hint("Nothing to do: the schema is this version's.")


@migrate.command(short_help="Say which steps the database has.")
@database_option
@config_option
@json_option
def status(as_json: bool, **flags: object) -> None:
    """Say which schema steps the database has; exit code 1 where some are missing."""
    steps = asyncio.run(_status(load(flags)))
    missing = [name for name, applied in steps if not applied]
    if as_json:
        emit({"steps": [{"name": name, "applied": applied} for name, applied in steps]})
    else:
        table("Schema steps", ("step", "applied"), [(n, "yes" if a else "no") for n, a in steps])
        up_ = advice("migrate up", flags)
        hint(
            f"{len(missing)} missing; stop the server and say: {up_}" if missing else "Up to date."
        )
    sys.exit(1 if missing else 0)


async def _up(settings: Settings) -> list[str]:
    return list(await migrate_up(settings.database))


async def _status(settings: Settings) -> list[tuple[str, bool]]:
    return [(step.name, step.applied) for step in await migrate_status(settings.database)]
