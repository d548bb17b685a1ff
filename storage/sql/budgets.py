"""Budget counters: all debits of one access are spent, or none."""

from collections.abc import Sequence

from engine.types import Debit
from storage import rules
from storage.base import SpentWindow

from .script import Script, one, write

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


def debit(tenant: str, debits: Sequence[Debit], now: int) -> Script[None]:
    """Spend all of the debits, or raise NotFitting, which undoes those before it."""
    for index, each in enumerate(debits):
        row = yield from one(_SPENT, tenant, each.counter, now)
        spent, ends_at = (0, now + each.window_s) if row is None else row
        if spent + each.cost > each.limit:
            raise NotFitting(index)
        ends_at = min(ends_at, rules.INTEGER)
        yield from write(_SPEND, tenant, each.counter, spent + each.cost, ends_at)


def window(tenant: str, counter: bytes, now: int) -> Script[SpentWindow]:
    """What the counter's current window has spent."""
    row = yield from one(_SPENT, tenant, counter, now)
    return SpentWindow() if row is None else SpentWindow(*row)
