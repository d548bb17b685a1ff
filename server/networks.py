"""Addresses and CIDRs as text, in the one spelling that everything compares.

An IPv4-mapped IPv6 address or network is the IPv4 one it stands for.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from engine.networks import cidr, spell

_LONGEST = 45  # of all spellings of an address, an IPv4 one inside IPv6 written out in full


def parse_address(text: str) -> str | None:
    """The plain spelling of an address, or None where the text is none; a zone is refused."""
    return None if len(text) > _LONGEST else _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> str | None:
    try:
        address: IPv4Address | IPv6Address | None = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        address = address.ipv4_mapped or address
    return str(address)


def strict(text: str) -> str:
    """The plain spelling of a network as a person wrote it; a bare address is a network of one.

    The one rule of the command line and the settings. Raises ValueError for host bits too, which
    the compatible API clears: a person who wrote them meant either the address or the network.
    """
    plain = text.strip()
    try:
        network = ip_network(plain, strict=False)
    except ValueError:
        raise ValueError(f"{plain!r} is not a network such as 10.0.0.0/8 or 192.0.2.7") from None
    if isinstance(network, IPv6Network) and network.network_address.scope_id is not None:
        raise ValueError(f"{plain!r} names a zone, which means nothing elsewhere")
    host, slash, _ = plain.partition("/")
    if slash and ip_address(host) != network.network_address:
        alone = ip_network(host)
        raise ValueError(f"{plain!r} has host bits set: say {network}, or {alone} for that address")
    return spell(cidr(str(network)))


def parse_cidr(text: str) -> str | None:
    """The plain spelling of a network with its host bits cleared, or None where it is none.

    The prefix length has to be written out: a bare address or a netmask is None.
    """
    _, slash, length = text.partition("/")
    if not slash or not length.isascii() or not length.isdigit():
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.network_address.scope_id is not None:
        return None
    return spell(cidr(str(network)))
