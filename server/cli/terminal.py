"""What reaches the terminal: nothing that it would obey, and no output lost without a word."""

import os
import re
import sys
from typing import TextIO

import click

# C0 without the line feed and the tab, DEL, C1, what ends a line in Unicode, and what turns the
# direction of writing: a name may hold any of them, and would move the cursor, fake a row, or write
# to the clipboard. Half of a surrogate pair can't be printed at all.
_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_CONTROLS = re.compile(f"[{_OBEYED}\ud800-\udfff]")
_IN_A_CELL = re.compile(f"[\t\n{_OBEYED}\ud800-\udfff]")


class Unwritable(click.ClickException):
    """Standard output can't be written. `lost` says what that means and what to do."""

    def __init__(self, why: str, lost: str) -> None:
        super().__init__(f"The output can't be written ({why}). {lost}".strip())


def lines(text: str) -> str:
    """The text with what a terminal would obey escaped; its lines and tabs stay."""
    return _CONTROLS.sub(_escaped, text)


def cell(text: str) -> str:
    """The text on one line, with what a terminal would obey escaped."""
    return _IN_A_CELL.sub(_escaped, text)


def json(document: str) -> str:
    """A JSON document in which nothing is left that a terminal would obey; it reads the same."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


def put(text: str, lost: str = "") -> None:
    """Print on stdout. Raises Unwritable, which ends with `lost`."""
    if sys.stdout is None:
        raise Unwritable("it is closed", lost)
    try:
        click.echo(text)
    except OSError as error:
        abandon(sys.stdout)
        raise Unwritable(error.strerror or "unknown", lost) from None


def tell(text: str) -> None:
    """Say on stderr; where that can't be written nobody is there to be told."""
    try:
        click.echo(lines(text), err=True)
    except OSError:
        abandon(sys.stderr)


def abandon(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere, so that it does not fail again at the end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
