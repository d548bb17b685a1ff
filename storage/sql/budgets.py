"""Budget counters: all debits of one access are spent, or none.

A debit is one statement, which reads, judges and spends at once: two nodes over one database never
spend what only one of them may, whatever the isolation is in which they write.
"""

from collections.abc import Sequence

from engine.types import Debit
from storage import rules
from storage.base import SpentWindow

from .script import Script, one, write

_SPENT = "SELECT spent, ends_at FROM budgets WHERE tenant = ? AND counter = ? AND ends_at > ?"
# What may be spent already is compared with limit - cost: no sum overflows a column.
_SPEND = """
INSERT INTO budgets (tenant, counter, spent, ends_at) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, counter) DO UPDATE SET
spent = excluded.spent + CASE WHEN budgets.ends_at > ? THEN budgets.spent ELSE 0 END,
ends_at = CASE WHEN budgets.ends_at > ? THEN budgets.ends_at ELSE excluded.ends_at END
WHERE budgets.ends_at <= ? OR budgets.spent <= ?"""


class NotFitting(Exception):
    """The debit at `index` does not fit; carries the answer out of the transaction."""

    def __init__(self, index: int) -> None:
        super().__init__("a debit does not fit its budget")
        self.index = index


def debit(tenant: str, debits: Sequence[Debit], now: int) -> Script[None]:
    """Spend all of the debits, or raise NotFitting, which undoes those before it."""
    for index, each in enumerate(debits):
        room = each.limit - each.cost
        if room < 0:
            raise NotFitting(index)
        ends_at = min(now + each.window_s, rules.INTEGER)
        row = tenant, each.counter, each.cost, ends_at
        if not (yield from write(_SPEND, *row, now, now, now, min(room, rules.INTEGER))):
            raise NotFitting(index)


def window(tenant: str, counter: bytes, now: int) -> Script[SpentWindow]:
    """What the counter's current window has spent."""
    row = yield from one(_SPENT, tenant, counter, now)
    return SpentWindow() if row is None else SpentWindow(*row)
