"""Addresses and CIDRs as text, in the one spelling that everything compares.

An IPv4-mapped IPv6 address or network is the IPv4 one it stands for.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from engine.networks import cidr, spell


def parse_address(text: str) -> str | None:
    """The plain spelling of an address, or None where the text is none; a zone is refused."""
    try:
        address: IPv4Address | IPv6Address | None = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        address = address.ipv4_mapped or address
    return str(address)


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
