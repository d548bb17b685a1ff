"""Connections to Redis on which every wait is short and nothing is tried twice.

redis-py waits 5 seconds and tries ten times unless told otherwise: against a frozen server one call
took 12 seconds. Whoever calls here has another way to go on, and takes it at once.
"""

from urllib.parse import urlsplit

import redis.asyncio as aio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .bounded import bounded

SCHEMES = ("redis://", "rediss://", "unix://")
# What a call raises when Redis is away, frozen, out of memory, or speaks nonsense.
DOWN = (RedisError, OSError, TimeoutError)
TIMEOUT_S = 0.2
LONGEST = 1024 * 1024
_CONNECTIONS = 64


def connect(url: str, *, timeout: float = TIMEOUT_S, longest: int = LONGEST) -> aio.Redis:
    """A client with a pool of its own; it connects when it is first used.

    `timeout` bounds each connect and each answer, in seconds: a blocking read needs a client of its
    own with a longer one. An answer of more than `longest` bytes is an error. Raises ValueError for
    a URL that can't be read, repeating nothing of it.
    """
    try:
        return aio.Redis.from_url(
            url,
            protocol=2,
            parser_class=bounded(longest),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            socket_keepalive=urlsplit(url).scheme != "unix" or None,
            retry=Retry(NoBackoff(), 0),
            max_connections=_CONNECTIONS,
            client_name="marzipan",
        )
    except (ValueError, TypeError):
        raise ValueError("the URL of Redis can't be read") from None


def explain(error: BaseException) -> str:
    """What happened, in few words fit for a log: no URL, no password."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return type(error).__name__
