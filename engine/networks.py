"""Packed networks: the address (4 or 16 bytes), then the prefix length (1 byte).

IPv4-mapped IPv6 addresses are taken as the IPv4 address they stand for, so that neither spelling
slips past a rule written in the other.
"""

import ipaddress
from collections.abc import Sequence

_MAPPED = bytes(10) + b"\xff\xff"


def cidr(text: str) -> bytes:
    """Pack "10.0.0.0/8" or "2001:db8::/32"; a bare address is a network of one.

    Raises ValueError naming the text where it is no network or has host bits set.
    """
    if "%" in text:
        raise ValueError(f"{text!r} has a zone, and a network has none")
    network = ipaddress.ip_network(text)
    packed, length = network.network_address.packed, network.prefixlen
    if packed.startswith(_MAPPED) and len(packed) == 16 and length >= 96:
        packed, length = packed[12:], length - 96
    return packed + bytes([length])


def spell(network: bytes) -> str:
    """The text of a packed network."""
    return f"{ipaddress.ip_address(network[:-1])}/{network[-1]}"


def is_packed(network: bytes) -> bool:
    """Whether this is an address and its prefix length with all host bits zero.

    An IPv4-mapped one is not: written so it would contain no client, as clients are normalised.
    """
    if len(network) not in (5, 17) or (len(network) == 17 and network.startswith(_MAPPED)):
        return False
    bits, length = 8 * (len(network) - 1), network[-1]
    if length > bits:
        return False
    return not int.from_bytes(network[:-1], "big") & ((1 << (bits - length)) - 1)


def address(text: str) -> bytes | None:
    """The 4 or 16 bytes of a client address, or None where it is none (which denies).

    One with a zone is none: the same bytes are another host's on every link.
    """
    if "%" in text:
        return None
    try:
        packed = ipaddress.ip_address(text).packed
    except ValueError:
        return None
    return packed[12:] if len(packed) == 16 and packed.startswith(_MAPPED) else packed


def contains(network: bytes, client: bytes) -> bool:
    """Whether a packed network contains a packed address of the same family."""
    size = len(client)
    if len(network) != size + 1:
        return False
    shift = 8 * size - network[-1]
    return int.from_bytes(network[:-1], "big") >> shift == int.from_bytes(client, "big") >> shift


def subset(inner: bytes, outer: bytes) -> bool:
    """Whether every address of one packed network is in the other."""
    return inner[-1] >= outer[-1] and contains(outer, inner[:-1])


def outside(packed: Sequence[bytes], client_ip: str | None) -> str | None:
    """Why a client address is in none of the packed networks, or None where it is in one."""
    if client_ip is None:
        return "no client address was stated"
    client = address(client_ip)
    if client is None:
        return f"{client_ip[:64]!r} is not an address"
    if any(contains(network, client) for network in packed):
        return None
    return f"address {client_ip} is not in {', '.join(map(spell, packed))}"
