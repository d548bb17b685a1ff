"""The rows that writers take turns by; all nodes lock them in one order, and never in a ring."""

from collections.abc import Iterable, Sequence

from .running import Connection

CounterRow = tuple[str, int]  # a log, and its shard
BudgetRow = tuple[str, bytes]  # a tenant, and its counter

_COUNTERS = "SELECT 1 FROM counters WHERE {} ORDER BY log, shard FOR UPDATE"
_BUDGETS = """
SELECT 1 FROM budgets WHERE (tenant, counter) IN ({}) ORDER BY tenant, counter FOR UPDATE"""
_CHUNK = 512


async def lock_counters(db: Connection, rows: Iterable[CounterRow]) -> None:
    """Wait until no other transaction has one of these rows of `counters`, and keep them."""
    if wanted := sorted(set(rows)):
        where = " OR ".join(
            f"(log = ${2 * n - 1} AND shard = ${2 * n})" for n in range(1, len(wanted) + 1)
        )
        await db.fetch(_COUNTERS.format(where), *_flat(wanted))


async def lock_budgets(db: Connection, rows: Iterable[BudgetRow]) -> None:
    """The same for rows of `budgets`. One that is not there yet is not locked."""
    wanted = sorted(set(rows))
    for start in range(0, len(wanted), _CHUNK):
        some = _padded(wanted[start : start + _CHUNK])
        marks = ", ".join(f"(${2 * n - 1}, ${2 * n})" for n in range(1, len(some) + 1))
        await db.fetch(_BUDGETS.format(marks), *_flat(some))


def _padded(rows: Sequence[BudgetRow]) -> Sequence[BudgetRow]:
    """Filled up with the last one to a power of two: few texts for a server to prepare."""
    return [*rows, *[rows[-1]] * ((1 << (len(rows) - 1).bit_length()) - len(rows))]


def _flat(rows: Iterable[tuple[object, ...]]) -> Iterable[object]:
    return (value for row in rows for value in row)
