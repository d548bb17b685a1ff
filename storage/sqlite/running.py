"""Runs scripts on a SQLite connection, on the calling thread."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from storage.sql.script import Duplicate, Result, Script

from .file import connect, explained

Done = TypeVar("Done")


def run(db: sqlite3.Connection, script: Script[Done]) -> Done:
    """What the script answers. Raises what it raises, and sqlite3.Error."""
    try:
        sql, values = next(script)
        while True:
            try:
                cursor = db.execute(sql, values)
            except sqlite3.IntegrityError as error:
                with suppress(Duplicate):
                    script.throw(Duplicate)
                raise error
            sql, values = script.send(Result(cursor.fetchall(), cursor.rowcount))
    except StopIteration as done:
        answer: Done = done.value
        return answer
    finally:
        script.close()


def read_once(path: Path, script: Callable[[], Script[Done]]) -> Done:
    """Run a script on a connection of its own, which sees one moment and locks nobody out.

    Raises StoreError.
    """
    with explained(path), closing(connect(path, read_only=True)) as db:
        db.execute("BEGIN")
        return run(db, script())
