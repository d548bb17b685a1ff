"""Credentials in and out of the command line: files and stdin, never arguments."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from engine import text as text_
from engine.errors import ChecksumMismatch, MalformedToken
from server.logs import Redactor
from server.settings import prefixes

from .output import hint, put

Command = TypeVar("Command", bound=Callable[..., Any])
_LONGEST = 16_384


def in_option(command: Command) -> Command:
    """Give a command --in, the file that holds the credential."""
    return in_file("The file that holds the credential")(command)


def in_file(what: str) -> Callable[[Command], Command]:
    """Gives a command --in, whose help says what the file is."""
    said = f"{what}; - (the default) reads stdin."
    return click.option("source", "--in", default="-", metavar="FILE", help=said)


def out_option(command: Command) -> Command:
    """Give a command --out, the file that the new credential goes to."""
    return click.option(
        "out",
        "--out",
        metavar="FILE",
        help="Write the credential to this new file, readable by you alone; - (the default) "
        "prints it.",
    )(command)


def read(source: str) -> str:
    """The one line of a credential file. Raises ClickException saying what to do."""
    return checked(text(source).strip(), _named(source))


def line(source: str) -> str:
    """The one line of a file, whatever it holds. Raises ClickException."""
    whole = text(source).removesuffix("\n").removesuffix("\r")
    if not whole or "\n" in whole:
        raise click.ClickException(f"{_named(source)} must hold one line with one raw key.")
    return whole


def text(source: str, longest: int = _LONGEST) -> str:
    """What a file or stdin holds, cut at `longest` characters. Raises ClickException."""
    if source != "-":
        return _read_file(Path(source), longest)
    if sys.stdin.isatty():
        hint("Paste the credential and press Ctrl-D:")
    return sys.stdin.read(longest)


def checked(credential: str, where: str) -> str:
    """The credential, where it can be one. What it is is never repeated."""
    if not credential:
        raise click.ClickException(f"{where} is empty; it must hold one credential.")
    if len(credential.split()) != 1:
        raise click.ClickException(f"{where} must hold one credential and nothing else.")
    if not all("!" <= char <= "~" for char in credential):
        raise click.ClickException(f"{where} holds characters that no credential has.")
    try:
        text_.decode(credential, prefixes())
    except ChecksumMismatch as error:
        raise click.ClickException(f"{where} is no whole credential: {error}") from None
    except MalformedToken:
        pass  # of another kind, or with the prefix of another installation: the server knows
    return credential


def is_secret(text: str) -> bool:
    """Whether this looks like a credential, which is never an argument."""
    known = tuple(prefixes())
    begins = any(text.startswith(f"{each}_") for each in known)
    return begins or Redactor(known).redact(text) != text


NOT_AN_ARGUMENT = (
    "What was given looks like a credential. Arguments are seen by everybody on this machine and "
    "kept in the shell's history: put it into a file and name that, or pipe it in. Revoke it if it "
    "was real."
)


def _read_file(path: Path, longest: int) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
                hint(f"warning: others can read {path}; say: chmod 600 {path}")
            return file.read(longest)
    except (OSError, UnicodeDecodeError) as error:
        if is_secret(str(path)):
            raise click.UsageError(NOT_AN_ARGUMENT) from None
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise click.UsageError(f"{path} can't be read: {why}.") from None


def write(text: str, out: str | None, lost: str = "") -> None:
    """Print a new credential, or put it into a new file of mode 0600. Replaces no file.

    `lost` says what to do where it can be neither printed nor written.
    """
    if out is None or out == "-":
        put(text, lost)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        descriptor = os.open(out, flags, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{text}\n")
        except OSError:
            os.unlink(out)
            raise
    except OSError as error:
        # The credential exists by now: losing it would cost more than showing it.
        put(text, lost)
        raise click.ClickException(
            f"{out} can't be written ({error.strerror}); the credential is printed instead."
        ) from None
    hint(f"written to {out}")


def check_free(out: str | None) -> None:
    """Refuse before anything is issued where --out can't become a new file."""
    if out is None or out == "-":
        return
    if is_secret(out):
        raise click.ClickException(NOT_AN_ARGUMENT)
    if os.path.lexists(out):
        raise click.ClickException(f"{out} is already there and is never replaced; name another.")
    folder = Path(out).parent
    if not folder.is_dir():
        raise click.ClickException(f"{out} can't be written: there is no folder {folder}.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise click.ClickException(f"{out} can't be written: you may not write to {folder}.")


def _named(source: str) -> str:
    return "stdin" if source == "-" else source
