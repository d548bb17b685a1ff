"""How long a budget's counter is kept: no longer than a token lives that could still spend of it.

A holder appends what Budget blocks he likes to his token, each with a counter of its own and a
window of up to 292 billion years. Kept that long, counters would pile up and never be pruned.
"""

from collections.abc import Sequence

import msgspec

from engine import Debit
from engine.header import GrantHeader

from .changing import DAY, horizon, latest_end
from .node import Node, Tenant


def bounded(
    node: Node, tenant: Tenant, credential: str, debits: Sequence[Debit], now: int
) -> Sequence[Debit]:
    """The debits, no window of theirs reaching further than a day beyond the root's own end.

    `credential` has been verified. It is its root that counts: siblings of it, narrowed less, may
    share the counter, and would find their budget renewed if its window ended before they do.
    """
    if all(debit.window_s <= DAY for debit in debits):
        return debits
    head = tenant.verifier_for(credential).authenticate(credential).header
    if isinstance(head, GrantHeader):
        ends = head.expires_at + DAY
    else:
        key = tenant.records.key(head.key_id)
        ends = horizon(tenant, head.issued_at, 0 if key is None else latest_end(node, key))
    longest = max(ends - now, DAY)
    return [
        msgspec.structs.replace(debit, window_s=min(debit.window_s, longest)) for debit in debits
    ]
