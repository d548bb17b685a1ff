"""What every answer to a revocation tells: its revision and, with `?wait=all`, who applied it."""

from storage.base import LogEntry
from storage.errors import StoreError

from .asgi import Handler, Headers, Request, Response
from .current import JOIN_S
from .keys import AlreadyRevoked
from .membership import ALONE
from .node import Node, written
from .problems import invalid
from .query import parse_query
from .revisions import revision_of, text_of


class Settling:
    """Wraps the handler of a route that revokes. `waits`: whether it may be told to wait."""

    def __init__(self, node: Node, handler: Handler, *, waits: bool) -> None:
        self._node = node
        self._handler = handler
        self._waits = waits

    async def __call__(self, request: Request) -> Response:
        wait = self._waits and _wait(request)
        with written() as entries:
            try:
                response = await self._handler(request)
            except AlreadyRevoked as again:
                again.headers += await self._told(entries, wait)
                raise
        return response.also(*await self._told(entries, wait))

    async def _told(self, entries: list[LogEntry], wait: bool) -> Headers:
        node = self._node
        try:
            if not entries:
                # It stood already, somewhere up to where the log ends now.
                await node.feed.join(JOIN_S)
            revision = revision_of(entries) or tuple(enumerate(node.feed.positions))
            headers = self._way() + ((b"marzipan-revision", text_of(revision).encode()),)
            if not wait:
                return headers
            settled = await node.membership.settled(revision)
        except StoreError:
            # What was revoked is revoked; only who knows of it can't be told.
            return ((b"marzipan-applied", b"unknown"),) if wait else ()
        told = f"applied={settled.applied}, ended={settled.ended}, waiting={settled.waiting}"
        return (*headers, (b"marzipan-applied", told.encode()))

    def _way(self) -> Headers:
        """Whether the others hear of it by the stream, or when they poll the database next."""
        mode = self._node.membership.mode
        return () if mode == ALONE else ((b"marzipan-propagation", mode.encode()),)


def _wait(request: Request) -> bool:
    given = parse_query(request.query).get("wait")
    if given not in (None, "all"):
        raise invalid("wait", "must be all")
    return given is not None
