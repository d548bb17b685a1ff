"""Answers that can be said again, as the handlers say them."""

from collections.abc import Callable

from engine import Grant
from server.asgi import Response, answer_headers
from server.framing import lines
from server.handlers.gateway import Gateway
from server.handlers.verify import Verify
from server.node import Node, Tenant

# No header has it, so it tells where the request's id belongs.
_HERE = "\0"

Told = tuple[bytes, bytes]


class Encoded:
    """Encodes what one tenant granted: the bytes before the request's id, and those after it.

    None where its use is counted, and every answer another one, or where it may not be said again.
    """

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant
        self._verify = Verify(node, tenant)
        self._gateway = Gateway(node, tenant)

    def verdict(self, grant: Grant) -> Told | None:
        """What a verify is told."""
        return self._of(grant, self._verify.granted)

    def passed(self, grant: Grant) -> Told | None:
        """What a gateway is told."""
        return self._of(grant, self._gateway.granted)

    def _of(self, grant: Grant, say: Callable[[Grant], Response]) -> Told | None:
        node, tenant = self._node, self._tenant
        # A derived token counts against the limit of its key.
        record = tenant.records.get(grant.key_id)
        if record is None:
            return None
        if node.limits.of(tenant.name, tenant.settings.limits, grant, record.limit):
            return None
        response = say(grant)
        if not node.freshness.holds():
            return None  # it may say that it is stale
        head, _, after = lines(answer_headers(response, _HERE)).partition(_HERE.encode())
        return head, after + b"\r\n" + response.body
