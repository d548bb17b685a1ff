"""Settings that are allowed, and dangerous where they were not meant."""

import ipaddress
from collections.abc import Sequence

from server.settings import Settings

from .finding import OK, WARN, Finding

# So many addresses are no rack of proxies any more.
_MOST_BITS = {4: 16, 6: 64}


async def check(settings: Settings) -> Sequence[Finding]:
    """Whether a setting lets in whom it should not."""
    found = []
    if settings.insecure_no_admin_auth:
        found.append(
            Finding(
                "admin routes",
                WARN,
                "insecure_no_admin_auth is on: whoever reaches the port can issue and revoke",
                "Take it away, unless only a proxy that asks for credentials can reach the port.",
            )
        )
    for text in settings.trusted_proxies:
        network = ipaddress.ip_network(text, strict=False)
        if network.prefixlen < _MOST_BITS[network.version]:
            found.append(
                Finding(
                    "trusted_proxies",
                    WARN,
                    f"{text} has many addresses, and each of them may say who the client is",
                    "Name the addresses of your proxies alone.",
                )
            )
    return found or [Finding("settings", OK, "none of them is dangerous")]
