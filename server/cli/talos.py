"""import talos: take over the database of an Ory Talos installation."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.formats.talos import NIL
from server import bootstrap, parsers, talossecrets
from server.settings import Settings, load, redact_url
from server.talosimport import (
    Result,
    Source,
    Takeover,
    configuration,
    require_fitting,
    warnings,
)
from server.talosimport.takeover import Imported, LeftOut, Tally
from storage.base import KeyKind

from . import terminal
from .kinds import Kind
from .local import local_options
from .output import emit, hint, json_option, table
from .secrets import line

_EVERY = 100_000  # rows between two lines where there is no terminal to draw on


class _Nid(Kind):
    name = "UUID"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        try:
            return parsers.uuid("nid", value)
        except parsers.SettingsError:
            self.fail("it must be a UUID in lower case with hyphens", param, ctx)


_NID = _Nid()


@click.group("import", short_help="Take over another system's database.")
def import_() -> None:
    """Take over the database of another system, so that its credentials verify here.

    These work on the database and the secret file, as `init` does. Stop the server first: a
    SQLite database belongs to one process at a time. Single raw keys: `marzipan keys import`.
    """


@import_.command(short_help="Take over an Ory Talos database.")
@click.option("db", "--db", metavar="FILE", required=True, help="The SQLite file of Talos.")
@click.option(
    "hmac_file",
    "--hmac-secret-file",
    metavar="FILE",
    required=True,
    help="Its HMAC secrets, current and retired, one a line; mode 0600.",
)
@click.option("--nid", type=_NID, default=NIL, help="Whose rows; the nil UUID unless given.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be done.")
@click.option(
    "--allow-wildcard-scopes",
    is_flag=True,
    help='Take keys whose scopes have a "*" as well. Here it covers all that it stands for.',
)
@click.option(
    "map_file",
    "--map",
    metavar="FILE",
    help="A new file for the ids that imported keys have here, a JSON object a line.",
)
@click.option(
    "check_file",
    "--check-key",
    metavar="FILE",
    help="A file with one key that Talos issued: write nothing unless a secret made it.",
)
@local_options
@json_option
def talos(
    as_json: bool,
    db: str,
    hmac_file: str,
    nid: str,
    dry_run: bool,
    allow_wildcard_scopes: bool,
    map_file: str | None,
    check_file: str | None,
    **flags: object,
) -> None:
    """Take over the keys of an Ory Talos database: they, and macaroons of them, verify here.

    Nothing is re-issued. Stop Talos first. A second run adds what is new, revokes what Talos has
    revoked since, and changes nothing else. Exit code 1 where a row was left out.

    \b
    marzipan import talos --db talos.db --hmac-secret-file talos.secret --check-key old.key \\
        --dry-run
    """
    settings, secrets = load(flags), Path(hmac_file)
    if dry_run and map_file is not None:
        raise click.UsageError("--map writes a file, and with --dry-run nothing is written.")
    loaded = talossecrets.load(secrets)
    if check_file is not None:
        require_fitting(line(check_file).strip(), loaded, int(time.time()))
    ends = {"source": str(Path(db).absolute()), "target": redact_url(settings.database)}
    with Source(Path(db), nid) as source:
        if not as_json:
            for name, end in ends.items():
                hint(f"{name}: {terminal.cell(end)}")
        prefixes = source.prefixes()
        warned = warnings(settings, secrets, prefixes, nid)
        how = {"dry_run": dry_run, "wildcards": allow_wildcard_scopes}
        result = asyncio.run(_take(settings, source, as_json, map_file, how))
    lines = configuration(secrets, prefixes, nid)
    left_out = result.issued.left_out + result.imported.left_out
    if as_json:
        told = {"warnings": warned, "configuration": lines, "key_checked": check_file is not None}
        emit(ends | msgspec.to_builtins(result) | told)
    else:
        _tell(result, warned, lines, settings)
        if check_file is None:
            hint("No old key was checked against the secrets: --check-key FILE does that.")
    sys.exit(1 if left_out else 0)


async def _take(
    settings: Settings, source: Source, quiet: bool, map_file: str | None, how: dict[str, Any]
) -> Result:
    async with bootstrap.existing(settings) as node:
        own, _ = source.counts()
        with _lines_to(map_file) as mapped, _progress(sum(own.values()), quiet) as advanced:
            told: dict[str, Any] = {"mapped": mapped, "advanced": advanced}
            if not quiet:
                told["left_out"] = _say
            return await Takeover(node, source, **told, **how).run()


def _say(row: LeftOut) -> None:
    whose = f"name {row.name or '-'}, actor {row.actor_id or '-'}"
    hint(f"left out: {terminal.cell(f'{row.row} ({whose}): {row.why}')}")


@contextlib.contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Draws how far it is on a terminal; elsewhere says so now and then."""
    console = Console(stderr=True)
    if console.is_terminal and not quiet:
        columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda count: bar.advance(task, count)
        return
    done = 0

    def advanced(count: int) -> None:
        nonlocal done
        before, done = done, done + count
        if not quiet and before // _EVERY < done // _EVERY:
            hint(f"{done} of {total} rows")

    yield advanced


@contextlib.contextmanager
def _lines_to(name: str | None) -> Iterator[Callable[[Imported], None]]:
    """Writes each key as a line of JSON to a new file that only its owner reads."""
    if name is None:
        yield lambda key: None
        return
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise click.ClickException(f"{name} can't be made: {error.strerror}.") from None
    with open(descriptor, "wb") as file:

        def write(key: Imported) -> None:
            file.write(msgspec.json.encode(key) + b"\n")

        yield write


_ROWS = {
    "taken": "taken over",
    "revoked": "  of these revoked",
    "shortened": "  of these ending earlier",
    "request_ids_lost": "  of these without their request id",
    "present": "here already",
    "revoked_since": "  of these revoked now",
    "deleted": "deleted here, not brought back",
    "left_out": "left out",
}


def _tell(result: Result, warned: list[str], lines: str, settings: Settings) -> None:
    tallies: list[Tally] = [result.tally(kind) for kind in KeyKind]
    counted = [(said, *(getattr(each, name) for each in tallies)) for name, said in _ROWS.items()]
    title = "A dry run: this would be done, and nothing was written." if result.dry_run else ""
    table(title or "Talos keys", ("", "issued", "imported"), [r for r in counted if any(r[1:])])
    if result.other_nids:
        hint(f"{result.other_nids} rows have another nid: take each in a run with its --nid.")
    if any(each.shortened for each in tallies):
        longest = settings.of(settings.tenant).max_ttl
        hint(
            f"Keys end at most max_ttl ({longest} seconds) after they were created. To "
            "keep those that end earlier for longer, raise max_ttl before they are taken over."
        )
    for each in warned:
        hint(f"warning: {each}")
    if warned:
        hint(f"\nThey verify with these lines in the configuration, after a restart:\n\n{lines}")
