"""How much one client address may revoke by possession, where nothing else says who is asking.

What is counted are credentials, on all routes together: each may cost reads of the database and a
write. A client is an IPv4 address or an IPv6 network of 64 bits, of which a subscriber has all.
Clients whose address cannot be known share one bucket.
"""

from ipaddress import IPv6Address, ip_address

from .asgi import Headers, Request
from .client import client_ip
from .gcra import Rate, Taken
from .node import Node, Tenant
from .problems import Problem


def throttle(node: Node, tenant: Tenant, request: Request, credentials: int = 1) -> None:
    """Count credentials that a client wants revoked. Raises Problem 429, and then counts none."""
    limit = tenant.possession
    taken = limit.take(_bucket(client_ip(node, request)), node.now_ms(), credentials)
    if not taken.allowed:
        raise Problem(
            "TOO_MANY_REQUESTS",
            "Too many credentials were sent from this address. Send these again later.",
            headers=_headers(limit.rate, taken),
        )


def _bucket(address: str | None) -> bytes | None:
    if address is None:
        return None
    parsed = ip_address(address)
    return parsed.packed[:8] if isinstance(parsed, IPv6Address) else parsed.packed


def _headers(rate: Rate, taken: Taken) -> Headers:
    """Retry-After, and the RateLimit fields of draft-ietf-httpapi-ratelimit-headers."""
    policy = f'"default";q={rate.quota};w={rate.window // 1000}'
    left = f'"default";r={taken.remaining};t={_seconds(taken.reset)}'
    return (
        (b"retry-after", str(max(1, _seconds(taken.retry_after))).encode()),
        (b"ratelimit-policy", policy.encode()),
        (b"ratelimit", left.encode()),
    )


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)
