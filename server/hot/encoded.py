"""Verdicts in JSON, as the ordinary road says them."""

import msgspec

from engine import Grant
from server.answers import granted
from server.node import Node, Tenant


class Encoded:
    """Encodes what one tenant granted."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    def of(self, grant: Grant) -> bytes | None:
        """The body for a grant; None where more is to be said or done than that."""
        key = None if grant.grant_id else self._tenant.records.key(grant.key_id)
        if key is not None and key.limit is not None:
            return None
        return msgspec.json.encode(granted(self._node, self._tenant, grant))
