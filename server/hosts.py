"""Which host a request names: the `Host` header (RFC 9110 section 7.2), in one spelling.

Case, a port and one trailing dot say nothing of whose host it is, so they are dropped.
"""

import functools
import re
from ipaddress import IPv6Address

_HOST = re.compile(
    r"(?:([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\.?|\[([0-9A-Fa-f:.]{2,45})\])(?::[0-9]{0,5})?"
)
_MOST = 255


@functools.lru_cache(maxsize=1024)
def host_name(text: str) -> str | None:
    """The host of `host`, `host:port` or `[address]:port`; None for anything else."""
    if len(text) > _MOST or (match := _HOST.fullmatch(text)) is None:
        return None
    if match[1] is not None:
        return match[1].lower()
    try:
        return f"[{IPv6Address(match[2])}]"
    except ValueError:
        return None
