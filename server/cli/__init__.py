"""The command line. `main` is the entry point; each file is one group of commands."""

import re
import sys

import click

from engine import TokenError
from server.bootstrap import StartError
from server.problems import Problem
from server.secretfile import SecretFileError
from server.settings import SettingsError
from server.talossecrets import TalosSecretError
from storage.errors import StoreError

from . import importing as importing  # this and the next add their commands to `keys`
from . import judging as judging
from . import secrets
from .adminkeys import admin_keys
from .audit import audit
from .keys import keys
from .log import revocations
from .migrating import migrate
from .signing import signing_keys
from .start import init, serve
from .tenants import tenant
from .token import token
from .upkeep import backup, master

EXPECTED = (
    StartError,
    SecretFileError,
    TalosSecretError,
    SettingsError,
    StoreError,
    Problem,
    TokenError,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="marzipan", prog_name="marzipan")
def cli() -> None:
    """Issue, verify, narrow, derive, rotate and revoke API keys and short-lived tokens.

    \b
    marzipan serve                      start on SQLite; prints an admin key once
    marzipan keys issue --name backend  issue a key over HTTP
    marzipan token attenuate --help     narrow a token offline
    marzipan signing-keys list          the keys that sign derived JWTs
    """


COMMANDS = (
    *(serve, init, migrate, admin_keys, keys, token, signing_keys, revocations),
    *(tenant, audit, master, backup),
)
for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run; an expected failure is one line on stderr and exit code 1, never a traceback."""
    try:
        cli.main(prog_name="marzipan", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit("stopped")
    except click.ClickException as error:
        _say(error)
        sys.exit(error.exit_code)
    except EXPECTED as error:
        click.echo(f"marzipan: {error}", err=True)
        sys.exit(1)


def _say(error: click.ClickException) -> None:
    """One line, and for a wrong call how it is called. A credential in it is not repeated."""
    message = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"{error.ctx.get_usage()}\nFor help: {error.ctx.command_path} -h\n", err=True)
    if any(map(secrets.is_secret, re.split(r"[\s()'\"=]+", message))):
        message = secrets.NOT_AN_ARGUMENT
    click.echo(f"marzipan: {message}", err=True)
