"""The command line. `main` is the entry point; each file is one group of commands."""

import sys

import click

from engine import TokenError
from server.bootstrap import StartError
from server.problems import Problem
from server.secretfile import SecretFileError
from server.settings import SettingsError
from server.talossecrets import TalosSecretError
from storage.errors import StoreError

from .audit import audit
from .keys import keys
from .log import revocations
from .signing import signing_keys
from .start import init, migrate, serve
from .tenants import tenant
from .token import token

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


for command in (serve, init, migrate, keys, token, signing_keys, revocations, tenant, audit):
    cli.add_command(command)


def main() -> None:
    """Run; an expected failure is one line on stderr and exit code 1, never a traceback."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit("stopped")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except EXPECTED as error:
        click.echo(f"marzipan: {error}", err=True)
        sys.exit(1)
