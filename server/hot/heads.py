"""Which requests are plain enough to be answered at once, by their heads."""

from collections.abc import Sequence

from server.node import Node
from server.places import Places
from server.problems import Problem
from server.requestids import is_fit

from ._road import Head, Heads, Road
from .paths import BODY_LIMIT, PATH

_BEARER = b"bearer "
_UNUSUAL = frozenset((b"expect", b"transfer-encoding", b"content-encoding"))


class Roads:
    """The roads of one node's tenants, and the heads that lead to them.

    `places` are those by which the application finds the tenant of a request.
    """

    def __init__(self, node: Node, places: Places) -> None:
        settings = node.settings
        self.heads = Heads()
        self._places = places
        self._roads: dict[str, Road] = {}
        # Without admin keys it is the ordinary road that keeps web pages out, and where a proxy
        # says the host, the same bytes of another peer may be for another tenant.
        if (
            settings.surface != "public"
            and not settings.insecure_no_admin_auth
            and not settings.trust_forwarded_host
        ):
            self._roads = {name: Road(node, node.of(name)) for name in settings.names()}

    @property
    def answered(self) -> int:
        """How many requests were answered at once."""
        return sum(road.answered for road in self._roads.values())

    def head(
        self, url: bytes, headers: Sequence[tuple[bytes, bytes]], peer: str | None
    ) -> Head | None:
        """The head of a POST; None where the ordinary road is to read it.

        So it is with a header that is there twice, which the ordinary road joins, with a body of
        unknown length, an encoded one or a large one, and with a client that waits for a 100
        Continue. `headers` by lower-case name.
        """
        found = dict(headers)
        if len(found) != len(headers) or not _UNUSUAL.isdisjoint(found):
            return None
        value = found.get(b"authorization", b"")
        length = found.get(b"content-length", b"")
        if value[:7].lower() != _BEARER or not length.isdigit() or len(length) > 6:
            return None
        if (size := int(length)) > BODY_LIMIT:
            return None
        try:
            place, path = self._places.pick(found, peer, url.decode("latin-1"))
        except Problem:
            return None
        road = self._roads.get(place.tenant) if path == PATH else None
        if road is None:
            return None
        admin = value[7:].strip().decode("ascii", "replace")
        offered = found.get(b"x-request-id")
        told = offered if is_fit(offered) else None
        return Head(road, admin, size, found.get(b"x-forwarded-for"), told)
