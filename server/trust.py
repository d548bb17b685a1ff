"""The client's address: the connection's, or what a trusted proxy says of it.

Only a peer inside the configured networks may speak through X-Forwarded-For, and of that header
only the right-most hop that is not itself a trusted proxy counts: everything left of it is the
client's own text. A header that a trusted proxy mangled or left out yields None, which denies
wherever an address is required.
"""

import re
from collections.abc import Sequence

from engine.networks import address, cidr, contains

from .networks import parse_address

_WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}|\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?")


class TrustedProxies:
    """Networks whose word about the client is taken; none by default."""

    def __init__(self, cidrs: Sequence[str] = ()) -> None:
        self._networks = tuple(cidr(text) for text in cidrs)

    def trusts(self, text: str) -> bool:
        """Whether this address is one of the configured proxies."""
        if not self._networks:
            return False
        packed = address(text)
        return packed is not None and any(contains(each, packed) for each in self._networks)

    def client(self, peer: str | None, forwarded: bytes | None) -> str | None:
        """The client's address in its plain spelling, or None where it cannot be known.

        `peer` is the connection's address (None on a Unix socket), `forwarded` the value of
        X-Forwarded-For, several headers joined by commas.
        """
        near = None if peer is None else parse_address(peer.partition("%")[0])
        if near is None or not self.trusts(near):
            return near
        if forwarded is None:
            # A proxy stands for somebody else. Whoever is limited to the proxy's own network would
            # otherwise be let in for all the world, wherever the header was forgotten.
            return None
        hop: str | None = near
        for part in reversed(forwarded.split(b",")):
            hop = _hop(part)
            if hop is None or not self.trusts(hop):
                return hop
        return hop


def _hop(part: bytes) -> str | None:
    try:
        text = part.decode("ascii").strip(" \t")
    except UnicodeDecodeError:
        return None
    if match := _WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    return parse_address(text)
