"""Output: a table or a line for people, one JSON document with --json; hints go to stderr."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import terminal
from .terminal import put as put

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Give a command --json."""
    return click.option("as_json", "--json", is_flag=True, help="Print JSON for machines.")(command)


def emit(value: object, lost: str = "") -> None:
    """Print one JSON document on stdout; `lost` is said where that fails."""
    put(terminal.json(msgspec.json.encode(value).decode()), lost)


def hint(text: str) -> None:
    """Say on stderr what to do next, so that stdout stays what was asked for."""
    terminal.tell(text)


# Never folded: what is copied, and what is short. The others share what is left of the width.
_WHOLE = frozenset({"key id", "id", "kid", "target", "status", "ends", "time", "block", "caveat"})


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; without a terminal it is plain text, wide enough not to be cut.

    A column that is empty in all rows is left out.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=200, no_color=True)
    filled = [i for i in range(len(columns)) if not rows or any(_shown(row[i]) for row in rows)]
    shown = Table(box=None, header_style="bold", padding=(0, 1), pad_edge=False)
    shown.show_header = any(columns)
    for name in (columns[i] for i in filled):
        shown.add_column(name, overflow="fold", no_wrap=name in _WHOLE)
    for row in rows:
        shown.add_row(*(Text(_shown(row[i])) for i in filled))
    console.print(Text(terminal.cell(title), style="bold"))
    console.print(shown)


def _shown(cell: object) -> str:
    return "" if cell is None else terminal.cell(str(cell))


def facts(title: str, pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values; what has no value is left out."""
    rows = [
        (name.replace("_", " "), _plain(value))
        for name, value in pairs
        if value not in (None, "", [], ())
    ]
    table(title, ("", ""), rows)


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
