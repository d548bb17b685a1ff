"""Redis, where there is one: whether it answers, and keeps what is counted in it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import redis.asyncio as aio

from server.redis.client import DOWN, connect, explain
from server.settings import Settings

from .finding import FAIL, OK, WARN, Finding

_TIMEOUT_S = 2.0
_FAR_MS = 5.0


async def check(settings: Settings) -> Sequence[Finding]:
    """Nothing where none is configured."""
    if settings.redis is None:
        return ()
    client = connect(settings.redis, timeout=_TIMEOUT_S)
    try:
        async with asyncio.timeout(3 * _TIMEOUT_S):
            return await _ask(client)
    except DOWN as error:
        advice = "See whether it runs and the URL is right; revocations come without it, slower."
        return [Finding("redis", FAIL, f"Redis can't be asked: {explain(error)}", advice)]
    finally:
        await client.aclose()


async def _ask(client: aio.Redis) -> Sequence[Finding]:
    await client.ping()
    began = time.monotonic()
    await client.ping()
    took = (time.monotonic() - began) * 1000
    info: dict[str, Any] = await client.info()
    found = [_answering(info, took)]
    if info.get("role") != "master":
        advice = "Name the primary in the setting redis."
        found.append(Finding("redis role", FAIL, "this Redis is a replica, and read-only", advice))
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction" and info.get("maxmemory"):
        said = f"maxmemory-policy is {policy}: when memory is short, counts of limits are forgotten"
        advice = "Set maxmemory-policy noeviction; all that is kept there ends by itself."
        found.append(Finding("redis memory", WARN, said, advice))
    return found


def _answering(info: dict[str, Any], took: float) -> Finding:
    version = info.get("valkey_version") or info.get("redis_version", "?")
    name = "Valkey" if "valkey_version" in info else "Redis"
    said = f"{name} {version}, a round trip takes {took:.1f} ms"
    if took > _FAR_MS:
        return Finding("redis", WARN, said, "Run it near the nodes: limits wait for it.")
    return Finding("redis", OK, said)
