"""Credentials in and out of the command line: files and stdin, never arguments."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .output import hint

Command = TypeVar("Command", bound=Callable[..., Any])
_LONGEST = 16_384


def in_option(command: Command) -> Command:
    """Give a command --in, the file that holds the credential."""
    return click.option(
        "source",
        "--in",
        default="-",
        metavar="FILE",
        help="The file that holds the credential; - (the default) reads stdin.",
    )(command)


def out_option(command: Command) -> Command:
    """Give a command --out, the file that the new credential goes to."""
    return click.option(
        "out",
        "--out",
        metavar="FILE",
        help="Write the credential to this new file, readable by you alone, not to stdout.",
    )(command)


def read(source: str) -> str:
    """The one line of a credential file. Raises ClickException saying what to do."""
    if source == "-":
        if sys.stdin.isatty():
            hint("Paste the credential and press Ctrl-D:")
        text = sys.stdin.read(_LONGEST)
    else:
        text = _read_file(Path(source))
    credential = text.strip()
    if not credential:
        raise click.ClickException(f"{_named(source)} is empty; it must hold one credential.")
    if len(credential.split()) != 1:
        raise click.ClickException(f"{_named(source)} must hold one credential and nothing else.")
    return credential


def _read_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                hint(f"warning: others can read {path}; say: chmod 600 {path}")
            return file.read(_LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise click.ClickException(f"{path} can't be read: {why}.") from None


def write(text: str, out: str | None) -> None:
    """Print a new credential, or put it into a new file of mode 0600. Replaces no file."""
    if out is None:
        click.echo(text)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with open(os.open(out, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        # The credential exists by now: losing it would cost more than showing it.
        click.echo(text)
        raise click.ClickException(
            f"{out} can't be written ({error.strerror}); the credential is printed instead."
        ) from None
    hint(f"written to {out}")


def check_free(out: str | None) -> None:
    """Refuse before anything is issued where --out names a file that is there."""
    if out is not None and os.path.lexists(out):
        raise click.ClickException(f"{out} is already there and is never replaced; name another.")


def _named(source: str) -> str:
    return "stdin" if source == "-" else source
