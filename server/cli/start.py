"""serve and init: the commands that make what is missing, and run the server."""

import asyncio
import contextlib
import logging
import os

import click
import uvloop

from server import bootstrap, serving, workers
from server.logs import configure
from server.settings import Settings, load, redact_url

from .greeting import admin_key_warning, export, greet, introduce, url_of
from .local import advice, local_options, redis_option
from .output import emit, hint, json_option, put

_log = logging.getLogger("marzipan.serving")


@click.command(short_help="Start the server; at first it makes all it needs.")
@local_options
@redis_option
@click.option(
    "--host", metavar="127.0.0.1", help="The address to listen on; 127.0.0.1 unless given."
)
@click.option("--port", type=int, help="The port to listen on; 4420 unless given, 0 for any free.")
@click.option(
    "--workers",
    type=int,
    help="Processes on the port, over a database server; 1 unless given.",
)
@click.option(
    "--metrics-port",
    type=int,
    help="Where to answer /metrics for Prometheus; each further worker takes the next port.",
)
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
    worker = workers.handed(os.environ)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if worker is not None:
            runner.run(_work(settings, worker))
        elif settings.workers > 1:
            runner.run(_supervise(settings, as_json, flags))
        else:
            runner.run(_serve(settings, as_json, flags))


async def _work(settings: Settings, worker: workers.Handed) -> None:
    """One of several workers: what there was to say, the parent has said."""
    node, _ = await bootstrap.start(settings)
    serving.prepare_logs(node)
    await serving.serve(node, worker.listening, worker.scraped, worker.tell_ready)


async def _supervise(settings: Settings, as_json: bool, flags: dict[str, object]) -> None:
    listening = serving.listen(settings)
    scraped = serving.listen_metrics(settings)
    places = [[listening, *scraped[place : place + 1]] for place in range(settings.workers)]
    with contextlib.closing(listening):
        made = await bootstrap.initialise(settings)
        _tell(settings, made, url_of(listening), as_json, flags)
        configure(settings.log_level, tuple(settings.prefixes))
        await workers.supervise(places)


async def _serve(settings: Settings, as_json: bool, flags: dict[str, object]) -> None:
    listening = serving.listen(settings)
    scraped = next(iter(serving.listen_metrics(settings)), None)
    try:
        node, made = await bootstrap.start(settings)
    except BaseException:
        listening.close()
        if scraped is not None:
            scraped.close()
        raise
    node_id = node.membership.node_id
    _tell(settings, made, url_of(listening), as_json, flags, node_id)
    serving.prepare_logs(node)
    if warning := await admin_key_warning(node, flags):
        _log.warning("%s", warning)
    await serving.serve(node, listening, scraped)


def _tell(
    settings: Settings,
    made: bootstrap.Initialised,
    url: str,
    as_json: bool,
    flags: dict[str, object],
    node_id: bytes | None = None,
) -> None:
    if as_json:
        told = {"admin_key": made.admin_key, "database": redact_url(settings.database), "url": url}
        emit(told, _lost(made, flags))
    else:
        greet(settings, made, url, flags, node_id)


def _lost(made: bootstrap.Initialised, flags: dict[str, object]) -> str:
    """What to do where a new admin key could not be shown: its text is nowhere else."""
    if made.admin_key is None:
        return ""
    return f"The admin key that was made is lost; make another: {advice('admin-keys issue', flags)}"


@click.command(short_help="Make schema, secret file and an admin key.")
@local_options
@json_option
def init(as_json: bool, **flags: object) -> None:
    """Create the schema, the master secret file and an admin key; a second time changes nothing.

    \b
    marzipan init --database sqlite:///marzipan.db
    marzipan init --json
    """
    settings = load(flags)
    made = asyncio.run(bootstrap.initialise(settings))
    nothing = "Nothing to do: this database is initialised already."
    if as_json:
        told: dict[str, object] = {"admin_key": made.admin_key, "created": made.created}
        if not made.created:
            told |= {"message": nothing, "no_admin_key": advice("admin-keys issue", flags)}
        emit(told, _lost(made, flags))
        return
    if not made.created:
        hint(f"{nothing}\nnext:       {advice('serve', flags)}")
        hint(f"no admin key? {advice('admin-keys issue', flags)}")
        return
    steps = sum(thing.startswith("schema ") for thing in made.created)
    hint(f"database     {redact_url(settings.database)}  ({steps} schema steps applied)")
    hint(f"secret file  {settings.secret_file}  (back it up; whoever has it can mint any key)")
    if made.admin_key is not None:
        introduce(made)
        # Alone on stdout, so that `eval "$(marzipan init)"` works.
        put(export(made), _lost(made, flags))
    hint(f"\nnext: {advice('serve', flags)}")
