"""Output: a table or a line for people, one JSON document with --json; hints go to stderr."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Give a command --json."""
    return click.option("as_json", "--json", is_flag=True, help="Print JSON for machines.")(command)


def emit(value: object) -> None:
    """Print one JSON document on stdout."""
    click.echo(msgspec.json.encode(value).decode())


def hint(text: str) -> None:
    """Say on stderr what to do next, so that stdout stays what was asked for."""
    click.echo(text, err=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; without a terminal it is plain text, wide enough not to be cut."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200, no_color=True)
    shown = Table(title=title, title_justify="left", box=None, header_style="bold", padding=(0, 2))
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(shown)


def facts(title: str, pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values; what has no value is left out."""
    rows = [(name, _plain(value)) for name, value in pairs if value not in (None, "", [], ())]
    table(title, ("", ""), rows)


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
