"""serve, init and migrate: the commands that open the database themselves."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
import uvloop

from server import bootstrap, serving
from server.bootstrap import Initialised
from server.settings import Settings, load, redact_url
from server.timestamps import from_seconds
from storage import migrate_status, migrate_up

from .output import emit, hint, json_option, table

Command = TypeVar("Command", bound=Callable[..., Any])

_DATABASE = click.option(
    "--database", metavar="URL", help="sqlite:///path; a file in your data directory by default."
)
_SECRET_FILE = click.option(
    "--secret-file", metavar="PATH", help="The master secrets; beside the SQLite file by default."
)
_CONFIG = click.option("--config", metavar="FILE", help="A TOML file; also $MARZIPAN_CONFIG.")


@click.command()
@_DATABASE
@_SECRET_FILE
@_CONFIG
@click.option("--host", help="The address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=int, help="The port to listen on; 4420 by default.")
@click.option("--surface", type=click.Choice(["all", "admin", "public"]), help="Routes to serve.")
@click.option(
    "--insecure-no-admin-auth",
    is_flag=True,
    default=None,
    help="Ask for no admin key: only behind a proxy that does.",
)
@json_option
def serve(as_json: bool, **flags: object) -> None:
    """Start the server; where there is nothing yet, make everything it needs first.

    \b
    marzipan serve
    marzipan serve --database sqlite:////var/lib/marzipan/marzipan.db --port 4420
    """
    settings = load(flags)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, as_json))


async def _serve(settings: Settings, as_json: bool) -> None:
    listening = serving.listen(settings)
    try:
        node, made = await bootstrap.start(settings)
    except BaseException:
        listening.close()
        raise
    url = f"http://{settings.host}:{settings.port}"
    if as_json:
        emit({"admin_key": made.admin_key, "database": redact_url(settings.database), "url": url})
        sys.stdout.flush()
    else:
        _greet(settings, made, url)
    serving.prepare_logs(node)
    await serving.serve(node, listening)


def _greet(settings: Settings, made: Initialised, url: str) -> None:
    hint(f"Marzipan listens on {url}")
    hint(f"  database     {redact_url(settings.database)}")
    hint(f"  secret file  {settings.secret_file}  (back it up; whoever has it can mint any key)")
    if made.admin_key is None or made.admin_expires_at is None:
        hint("The admin key was printed when this database was first started.")
        return
    hint(f"\nYour admin key, shown this once, good until {from_seconds(made.admin_expires_at)}:\n")
    hint(f"  export MARZIPAN_ADMIN_KEY={made.admin_key}\n")
    hint("Then try, in another terminal:\n")
    hint(f"  curl -s {url}/v2alpha1/admin/issuedApiKeys \\")
    hint('      -H "Authorization: Bearer $MARZIPAN_ADMIN_KEY" \\')
    hint("""      -d '{"name": "my first key", "scopes": ["orders:read"]}'\n""")
    hint("or: marzipan keys issue --name 'my first key' --scope orders:read\n")


@click.command()
@_DATABASE
@_SECRET_FILE
@_CONFIG
@json_option
def init(as_json: bool, **flags: object) -> None:
    """Create the schema, the master secret file and an admin key; a second time changes nothing.

    \b
    marzipan init --database sqlite:///$PWD/marzipan.db --json
    """
    settings = load(flags)
    made = asyncio.run(bootstrap.initialise(settings))
    nothing = "Nothing to do: this database is initialised already."
    if as_json:
        emit({"admin_key": made.admin_key, "created": made.created} if made.created else
             {"admin_key": None, "created": (), "message": nothing})  # fmt: skip
        return
    if not made.created:
        hint(f"{nothing} Start it with `marzipan serve`.")
        return
    for thing in made.created:
        hint(f"created {thing}")
    if made.admin_key is not None:
        hint("\nYour admin key, shown this once:\n")
        click.echo(made.admin_key)
        hint("\nNext: marzipan serve, with the same --database")


@click.group()
def migrate() -> None:
    """Bring a database's schema to this version, forward only."""


@migrate.command()
@_DATABASE
@_CONFIG
@json_option
def up(as_json: bool, **flags: object) -> None:
    """Apply the schema steps that are missing; the server must be stopped."""
    applied = asyncio.run(_up(load(flags)))
    if as_json:
        emit({"applied": applied})
    elif applied:
        hint(f"applied {len(applied)} steps, the last is {applied[-1]}")
    else:
        hint("Nothing to do: the schema is this version's.")


@migrate.command()
@_DATABASE
@_CONFIG
@json_option
def status(as_json: bool, **flags: object) -> None:
    """Say which schema steps the database has; exit code 1 where some are missing."""
    steps = asyncio.run(_status(load(flags)))
    missing = [name for name, applied in steps if not applied]
    if as_json:
        emit({"steps": [{"name": name, "applied": applied} for name, applied in steps]})
    else:
        table("Schema steps", ("step", "applied"), [(n, "yes" if a else "no") for n, a in steps])
        hint(f"{len(missing)} missing: run `marzipan migrate up`." if missing else "Up to date.")
    sys.exit(1 if missing else 0)


async def _up(settings: Settings) -> list[str]:
    return list(await migrate_up(settings.database))


async def _status(settings: Settings) -> list[tuple[str, bool]]:
    return [(step.name, step.applied) for step in await migrate_status(settings.database)]
