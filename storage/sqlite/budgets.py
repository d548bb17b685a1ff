"""Budget counters: all debits of one access are spent, or none."""

import sqlite3
from collections.abc import Sequence

from engine.types import Debit
from storage import rules
from storage.base import SpentWindow

_SPENT = "SELECT spent, ends_at FROM budgets WHERE tenant = ? AND counter = ? AND ends_at > ?"
_SPEND = """
INSERT INTO budgets (tenant, counter, spent, ends_at) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, counter) DO UPDATE
SET spent = excluded.spent, ends_at = excluded.ends_at"""


class NotFitting(Exception):
    """The debit at `index` does not fit; carries the answer out of the transaction."""

    def __init__(self, index: int) -> None:
        super().__init__("a debit does not fit its budget")
        self.index = index


def debit(db: sqlite3.Connection, tenant: str, debits: Sequence[Debit], now: int) -> None:
    """Spend all of the debits, or raise NotFitting, which undoes those before it."""
    for index, one in enumerate(debits):
        row = db.execute(_SPENT, (tenant, one.counter, now)).fetchone()
        spent, ends_at = (0, now + one.window_s) if row is None else row
        if spent + one.cost > one.limit:
            raise NotFitting(index)
        db.execute(_SPEND, (tenant, one.counter, spent + one.cost, min(ends_at, rules.INTEGER)))


def window(db: sqlite3.Connection, tenant: str, counter: bytes, now: int) -> SpentWindow:
    """What the counter's current window has spent."""
    row = db.execute(_SPENT, (tenant, counter, now)).fetchone()
    return SpentWindow() if row is None else SpentWindow(*row)
