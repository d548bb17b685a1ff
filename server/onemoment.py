"""Verdicts that are told together are all of the moment at which they are told.

Between the first and the last of them much may happen: a verdict that accepts is made again where
it did, so that nothing is told to live that was revoked in front of this node's eyes.
"""

from collections.abc import Awaitable, Callable

from engine import TokenError

from .current import admits
from .freshness import not_fresh
from .node import Node, Tenant

_TRIES = 4

Again = Callable[[], Awaitable[None]]


class OneMoment:
    """Begun before the first verdict; `accepted` names each that accepts, by its place."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant
        self._arrived = node.freshness.clock()
        self._state = self._now()
        self._accepted: dict[int, Again] = {}

    def accepted(self, place: int, again: Again) -> None:
        """`again` raises TokenError where it would be refused by now."""
        self._accepted[place] = again

    async def refused(self) -> dict[int, TokenError]:
        """What is refused by now, by place. To be asked last, before the answer.

        Raises Problem 503 where that can't be told, StoreError.
        """
        found: dict[int, TokenError] = {}
        for _ in range(_TRIES):
            if self._state == self._now():
                break
            self._state = self._now()
            for place, again in self._accepted.items():
                try:
                    await again()
                except TokenError as error:
                    found[place] = error
            self._accepted = {n: each for n, each in self._accepted.items() if n not in found}
        if self._state != self._now() or not admits(self._node, self._tenant, self._arrived):
            raise not_fresh()
        return found

    def _now(self) -> tuple[int, int]:
        return self._node.changes, self._node.now()
