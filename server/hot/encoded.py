"""Verdicts in JSON, as the ordinary road says them."""

import msgspec
from msgspec import UNSET

from engine import Grant
from server.answers import granted
from server.limits.limit import NO_LIMITS
from server.node import Node, Tenant


class Encoded:
    """Encodes what one tenant granted."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    def of(self, grant: Grant) -> bytes | None:
        """The body for a grant; None where its use is counted, and every answer another one.

        A derived token counts against the limit of its key, whose record is in memory.
        """
        node, tenant = self._node, self._tenant
        record = tenant.records.get(grant.key_id)
        if record is None:
            return None
        if node.limits.of(tenant.name, tenant.settings.limits, grant, record.limit):
            return None
        answer = granted(node, tenant, grant, NO_LIMITS)
        # Kept for as long as the record stands, and sent only while the lease runs: never stale.
        return msgspec.json.encode(msgspec.structs.replace(answer, stale=UNSET))
