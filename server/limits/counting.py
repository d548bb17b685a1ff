"""Which limits a verified credential counts against, and who counts.

A grant counts against its key's limit, or deriving would be a way around it.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from engine import Grant
from engine.types import RateLimit
from server.parsers import SYSTEM_TENANT
from server.redis.client import TIMEOUT_S, connect
from server.tenantsettings import TenantLimits

from .limit import NO_LIMITS, Limit, Of, Outcome
from .own import Own
from .shared import Shared
from .wire import Wire


class Counting(Protocol):
    """All or nothing: a use counts against each of its limits, or it is refused and none.

    `take` counts where `at_once` does not know, `look` tells what they would say.
    """

    def at_once(self, limits: Sequence[Limit]) -> Outcome | None: ...

    async def take(self, limits: Sequence[Limit]) -> Outcome: ...

    async def look(self, limits: Sequence[Limit]) -> Outcome: ...

    async def close(self) -> None: ...


class Limits:
    """The limits of one node. `nodes` says how many nodes are alive, and may be set."""

    def __init__(self, redis_down: str, redis: str | None, clock: Callable[[], float]) -> None:
        self.nodes: Callable[[], int] = _one
        self._counting: Counting = Own(clock)
        self._shared: Shared | None = None
        if redis is not None:
            wire = Wire(connect(redis, timeout=2 * TIMEOUT_S))
            self._shared = Shared(wire, down=redis_down, nodes=lambda: self.nodes())
            self._counting = self._shared

    def belong(self, cluster: str) -> None:
        """Count together with the nodes of this cluster alone, whoever else uses the same Redis."""
        if self._shared is not None:
            self._shared.cluster = cluster

    def of(
        self, tenant: str, stated: TenantLimits, grant: Grant, key: RateLimit | None
    ) -> Sequence[Limit]:
        """The limits of a use; `key` is its key's. Of admin keys none but their own."""
        if key is None and stated.actor is None and stated.tenant is None:
            return ()
        limits = []
        if key is not None:
            limits.append(Limit(Of.KEY, tenant, grant.key_id, key))
        if tenant != SYSTEM_TENANT:
            if stated.actor is not None and grant.actor:
                limits.append(Limit(Of.ACTOR, tenant, grant.actor, stated.actor))
            if stated.tenant is not None:
                limits.append(Limit(Of.TENANT, tenant, "", stated.tenant))
        return limits

    def at_once(self, limits: Sequence[Limit]) -> Outcome | None:
        """What `take` answers, where this process knows it; else None, and nothing is counted."""
        return self._counting.at_once(limits) if limits else NO_LIMITS

    async def take(self, limits: Sequence[Limit]) -> Outcome:
        """Count a use in all limits, or in none; at most 0.4 s, whatever becomes of Redis."""
        done = self.at_once(limits)
        return await self._counting.take(limits) if done is None else done

    async def look(self, limits: Sequence[Limit]) -> Outcome:
        """What `take` would answer; nothing is counted."""
        return await self._counting.look(limits) if limits else NO_LIMITS

    async def close(self) -> None:
        """End what is under way."""
        await self._counting.close()


def _one() -> int:
    return 1
