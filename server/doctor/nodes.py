"""The other nodes: whether they apply what is revoked."""

from collections.abc import Sequence

from server.settings import Settings
from storage import Database, database, reading
from storage.errors import StoreError

from .finding import OK, WARN, Finding


async def check(settings: Settings) -> Sequence[Finding]:
    """How far each node is behind the log; nothing of a database that is one process's alone."""
    try:
        if database(settings.database) is Database.SQLITE:
            return ()
        # In this order: what was revoked in between is not held against a node.
        ends = await reading.positions(settings.database)
        nodes = await reading.nodes(settings.database)
    except StoreError:
        return ()  # told of already
    found = []
    for node in nodes:
        name = f"node {node.node_id.hex()[:8]}"
        behind = sum(max(0, end - at) for end, at in zip(ends, node.positions, strict=True))
        if node.lease_ms < 0:
            said = f"{name} has said nothing for {-node.lease_ms // 1000} s, and accepts nothing"
            advice = "See whether it runs and reaches the database; it is forgotten after 10 min."
            found.append(Finding("nodes", WARN, said, advice))
        elif behind:
            said = f"{name} has yet to apply {behind} revocations, as far as it has told"
            advice = "Ask again: where it stays so, see its log. It catches up by itself."
            found.append(Finding("nodes", WARN, said, advice))
    alive = sum(node.lease_ms >= 0 for node in nodes)
    return found or [Finding("nodes", OK, f"{alive} run, and have applied what is revoked")]
