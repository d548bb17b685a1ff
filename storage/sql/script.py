"""A script: what to say to a database, and what to make of its answers, without any I/O.

A generator that yields statements, each with its values, and is sent their results. So one script
serves a driver that blocks and one that is awaited. Statements mark values by `?`; a driver that
needs other marks rewrites them, and takes out `INDEXED BY`, by which SQLite is told what others
find. What a database refuses as a duplicate is thrown into the script as
Duplicate; after that the script may only raise, for some databases take nothing more then.
"""

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, TypeVar

Done = TypeVar("Done")
Row = Sequence[Any]
Values = Sequence[Any]


class Result(NamedTuple):
    """The rows that a statement answers, and how many it wrote."""

    rows: Sequence[Row]
    written: int


Statement = tuple[str, Values]
Script = Generator[Statement, Result, Done]


class Duplicate(Exception):
    """A row with one of these unique values is already there."""


def ask(sql: str, *values: Any) -> Script[Sequence[Row]]:
    """The rows of one statement."""
    return (yield sql, values).rows


def one(sql: str, *values: Any) -> Script[Row | None]:
    """The first row of one statement, or None."""
    rows = (yield sql, values).rows
    return rows[0] if rows else None


def write(sql: str, *values: Any) -> Script[int]:
    """How many rows one statement wrote."""
    return (yield sql, values).written
