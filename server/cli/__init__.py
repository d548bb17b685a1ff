"""The command line. `main` is the entry point; each file is one group of commands."""

import errno
import sys

import click

from engine import TokenError
from server.bootstrap import StartError
from server.peppers import PepperError
from server.problems import Problem
from server.secretfile import SecretFileError
from server.settings import SettingsError
from server.talosimport import KeyMisfit, SourceError
from server.talossecrets import TalosSecretError
from storage.errors import StoreError

from . import failing, terminal
from . import finding as finding  # this and others add their commands to `keys`
from . import importing as importing
from . import judging as judging
from . import lifecycle as lifecycle
from . import updating as updating
from .actors import actors
from .adminkeys import admin_keys
from .audit import audit
from .cluster import cluster
from .doctor import doctor
from .keys import keys
from .log import revocations
from .migrating import migrate
from .scanning import scan_rules
from .signing import signing_keys
from .start import init, serve
from .talos import import_
from .tenants import tenant
from .token import token
from .upkeep import backup, master

_OUTPUT = (errno.ENOSPC, errno.EPIPE, errno.EIO, errno.EDQUOT, errno.EBADF)
EXPECTED = (
    StartError,
    SecretFileError,
    PepperError,
    TalosSecretError,
    KeyMisfit,
    SourceError,
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

    Exit codes: 0 done or allowed, 1 refused, 2 a wrong call, 3 no answer from the server. With
    --json a failure is one JSON object on stderr.
    """


COMMANDS = (
    *(serve, init, migrate, admin_keys, keys, actors, token, signing_keys),
    *(revocations, cluster, tenant, audit, master, backup, doctor, import_, scan_rules),
)
for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run; an expected failure is one line on stderr and its exit code, never a traceback."""
    try:
        cli.main(prog_name="marzipan", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit(failing.fail(click.ClickException("stopped")))
    except (click.ClickException, *EXPECTED) as error:
        sys.exit(failing.fail(error))
    except OSError as error:
        # Tables are printed in many places; whatever else can fail like this has its own words.
        if sys.stdout is not None and error.errno in _OUTPUT:
            terminal.abandon(sys.stdout)
            sys.exit(failing.fail(terminal.Unwritable(error.strerror or "", "")))
        raise
