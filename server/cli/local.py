"""Options of the commands that open the database themselves, and how to repeat them in advice."""

import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

database_option = click.option(
    "--database",
    metavar="URL",
    help="sqlite:///file.db, sqlite:////absolute/file.db, or postgresql://user@host/name; a SQLite "
    "file in your data directory unless given.",
)
secret_file_option = click.option(
    "--secret-file",
    metavar="FILE",
    help="The master secrets; beside the SQLite file, or in your data directory, unless given.",
)
config_option = click.option(
    "--config", metavar="FILE", help="A TOML file of settings; also $MARZIPAN_CONFIG."
)
redis_option = click.option(
    "--redis",
    metavar="URL",
    help="redis://host:6379, of a Redis or Valkey that all nodes share; none unless given.",
)


def local_options(command: Command) -> Command:
    """Give a command --database, --secret-file and --config; they are flags of `settings.load`."""
    return database_option(secret_file_option(config_option(command)))


def program() -> str:
    """How this command line was called, so that what is printed can be pasted."""
    return "marzipan" if shutil.which("marzipan") else sys.argv[0]


def advice(command: str, flags: Mapping[str, object]) -> str:
    """`command` with the flags of this call that say where the data is."""
    said = []
    for name in ("config", "database", "secret_file"):
        value = flags.get(name)
        # Of a database server's URL nothing is repeated: it may hold a password.
        if isinstance(value, str) and (name != "database" or value.startswith("sqlite:")):
            said += [f"--{name.replace('_', '-')}", shlex.quote(value)]
    return " ".join([program(), command, *said])
