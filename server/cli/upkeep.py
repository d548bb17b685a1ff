"""master and backup: what an operator does to the files of a server."""

import time
from pathlib import Path

import click

from engine import Keyring
from server import masters, secretfile
from server.auditkeys import audit_keys
from server.settings import load
from server.timestamps import from_seconds
from storage.backup import backup as copy_database
from storage.chain import AuditKeys

from .local import config_option, database_option, local_options
from .output import emit, hint, json_option, table


@click.group(short_help="Rotate the master secret.")
def master() -> None:
    """List and rotate the master secrets, from which every key is made. They stay in their file."""


@master.command("list")
@local_options
@json_option
def list_(as_json: bool, **flags: object) -> None:
    """List the masters of the secret file, without their secrets."""
    file = secretfile.load(load(flags).secret_file)
    told = [
        {
            "id": each.id,
            "state": "current" if each.retired_at is None else "retired",
            "retire_time": None if each.retired_at is None else from_seconds(each.retired_at),
            "end_time": None if each.end is None else from_seconds(each.end),
        }
        for each in sorted((file.current, *file.retired), key=lambda each: each.id)
    ]
    if as_json:
        emit({"masters": told})
        return
    columns = ("id", "state", "retired", "its derived tokens end")
    table("Masters", columns, [tuple(each.values()) for each in told])


@master.command(short_help="Make a new master secret, retire the old.")
@click.option(
    "--leaked",
    is_flag=True,
    help="End all tokens derived under the old one at once, not when they would have expired.",
)
@local_options
@json_option
def rotate(as_json: bool, leaked: bool, **flags: object) -> None:
    """Make a new master secret; the old one verifies what it made, and makes nothing more.

    Keys live on. Derived tokens live on until they expire. Running servers must be restarted.
    """
    settings = load(flags)
    life = 0 if leaked else settings.longest_ttl()
    done = masters.rotate(settings.secret_file, now=int(time.time()), longest=life)
    end = from_seconds(done.end)
    if as_json:
        emit({"current": done.current, "retired": done.retired, "end_time": end})
        return
    hint(f"master {done.current} is current; {done.retired} is retired, its tokens end by {end}")
    hint("next: restart every running server. Until then it derives tokens under the old master,")
    hint(f"and they are refused after the restart. Then back {settings.secret_file} up again.")
    if leaked:
        hint(
            f"Keys made under {done.retired} still verify, and who has the leaked file can make "
            "them again: rotate each of them, too."
        )


@click.command(short_help="Copy the database, while the server runs.")
@click.option("to", "--to", metavar="FILE", required=True, help="The new file; replaces none.")
@database_option
@config_option
@json_option
def backup(as_json: bool, to: str, **flags: object) -> None:
    """Copy the SQLite database to one new file and verify the copy; the server may run meanwhile.

    \b
    marzipan backup --to marzipan-2027-01-15.db
    """
    settings = load(flags)
    keys = None
    if settings.secret_file.exists():
        file = secretfile.load(settings.secret_file)
        keyring = Keyring(file.current, file.retired)
        keys = AuditKeys(keyring.current.id, audit_keys(keyring))
    else:
        hint(f"Without {settings.secret_file} the audit's rows are counted, not verified.")
    size = copy_database(settings.database, Path(to).absolute(), keys)
    if as_json:
        emit({"backup": to, "bytes": size})
        return
    hint(f"{to}: {size} bytes, checked")
    hint(f"The master secrets are not in it: keep a copy of {settings.secret_file} elsewhere.")
