"""Packed networks: host bits zero, one family at a time; a mapped address is the IPv4 one."""

import ipaddress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Access, CaveatUnmet, MalformedToken, cidr, networks
from engine.caveats import Network

NOW = 1_800_000_000
MAPPED = bytes(10) + b"\xff\xff"


@pytest.mark.parametrize(("text", "packed"), [
    ("10.0.0.0/8", "0a00000008"),
    ("0.0.0.0/0", "0000000000"),
    ("192.0.2.1", "c000020120"),
    ("192.0.2.1/32", "c000020120"),
    ("2001:db8::/32", "20010db8000000000000000000000000" + "20"),
    ("::1", "00000000000000000000000000000001" + "80"),
    ("::/0", "00" * 17),
    ("::ffff:10.0.0.0/104", "0a00000008"),
    ("::ffff:192.0.2.1", "c000020120"),
    ("::ffff:0:0/96", "0000000000"),
    ("::fffe:0:0/95", "00" * 10 + "fffe00000000" + "5f"),
])  # fmt: skip
def test_a_network_is_packed_as_address_and_length(text, packed) -> None:
    assert cidr(text).hex() == packed
    assert networks.is_packed(cidr(text))
    assert cidr(networks.spell(cidr(text))) == cidr(text)


@pytest.mark.parametrize("text", [
    "", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "2001:db8::1/32", "::/129", "host",
    "10.0.0.0/8/8", " 10.0.0.0/8", "010.0.0.0/8", "::ffff:10.0.0.1/104",
    "fe80::%eth0/64", "fe80::1%1", "fe80::%/64", "10.0.0.0%1/8",
])  # fmt: skip
def test_what_is_no_network_or_has_host_bits_is_refused(text) -> None:
    with pytest.raises(ValueError):
        cidr(text)


@pytest.mark.parametrize(("packed", "valid"), [
    (b"", False), (bytes(4), False), (bytes(6), False), (bytes(16), False), (bytes(18), False),
    (bytes(5), True), (bytes(17), True), (b"\x0a\0\0\0\x08", True), (b"\x0a\0\0\0\x07", True),
    (b"\x0a\0\0\0\x06", False), (b"\x0a\0\0\1\x20", True), (b"\x0a\0\0\1\x1f", False),
    (b"\x0a\0\0\0\x21", False), (b"\xff\xff\xff\xff\x20", True), (b"\xff\xff\xff\xff\xff", False),
    (MAPPED + b"\x0a\0\0\0\x68", False), (MAPPED + b"\0\0\0\0\x60", False),
    (MAPPED[:11] + b"\xfe\0\0\0\0\x5f", True), (MAPPED[:11] + b"\0\0\0\0\0\x58", True),
    (bytes(15) + b"\1\x80", True), (bytes(15) + b"\1\x7f", False), (bytes(16) + b"\x81", False),
])  # fmt: skip
def test_packed_means_a_known_size_and_host_bits_zero(world, packed, valid) -> None:
    assert networks.is_packed(packed) is valid
    # Where it is none, header and caveat deny whoever comes; both roads read it.
    client = str(ipaddress.ip_address(packed[:-1])) if len(packed) in (5, 17) else "10.0.0.0"
    block = msgspec.msgpack.encode([b"n" * 8, Network([packed])])
    for text in (world.forge(world.head(cidrs=(packed,))), world.forge(world.head(), block)):
        if valid:
            assert world.verifier().verify(text, Access(now=NOW, client_ip=client))
        else:
            with pytest.raises((MalformedToken, CaveatUnmet), match="network"):
                world.verifier().verify(text, Access(now=NOW, client_ip=client))


@pytest.mark.parametrize(("allowed", "client", "inside"), [
    (["10.0.0.0/8"], "10.0.0.0", True),
    (["10.0.0.0/8"], "10.255.255.255", True),
    (["10.0.0.0/8"], "9.255.255.255", False),
    (["10.0.0.0/8"], "11.0.0.0", False),
    (["10.0.0.0/8"], "::ffff:10.1.2.3", True),
    (["10.0.0.0/8"], "::FFFF:0A01:0203", True),
    (["10.0.0.0/8"], "::10.1.2.3", False),
    (["::ffff:10.0.0.0/104"], "10.1.2.3", True),
    (["::ffff:10.0.0.0/104"], "::ffff:10.1.2.3", True),
    (["192.0.2.1"], "192.0.2.1", True),
    (["192.0.2.1"], "192.0.2.2", False),
    (["0.0.0.0/0"], "255.255.255.255", True),
    (["0.0.0.0/0"], "2001:db8::1", False),
    (["::/0"], "2001:db8::1", True),
    (["::/0"], "10.0.0.1", False),
    (["2001:db8::/32"], "2001:db8:ffff::", True),
    (["2001:db8::/32"], "2001:db9::", False),
    (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
    (["0.0.0.0/0", "::/0"], "", False),
    (["0.0.0.0/0", "::/0"], "localhost", False),
    (["0.0.0.0/0", "::/0"], "10.0.0.1, 10.0.0.2", False),
    (["0.0.0.0/0", "::/0"], "10.0.0.1:443", False),
    (["0.0.0.0/0", "::/0"], "010.0.0.1", False),
    (["0.0.0.0/0", "::/0"], "10.1", False),
    (["0.0.0.0/0", "::/0"], "167772161", False),
    (["0.0.0.0/0", "::/0"], None, False),
    (["fe80::/64"], "fe80::1", True),
    (["fe80::/64", "::/0"], "fe80::1%eth0", False),
    (["0.0.0.0/0", "::/0"], "::ffff:10.1.2.3%1", False),
])  # fmt: skip
def test_a_client_is_inside_or_refused(world, allowed, client, inside) -> None:
    packed = tuple(map(cidr, allowed))
    access = Access(now=NOW, client_ip=client)
    assert (networks.outside(packed, client) is None) is inside
    for text in (world.key(networks=packed), world.grant(cidrs=packed)):
        if inside:
            assert world.verifier().verify(text, access)
        else:
            with pytest.raises(CaveatUnmet) as caught:
                world.verifier().verify(text, access)
            assert (caught.value.caveat, caught.value.block) == ("Network", None)


@pytest.mark.parametrize(("inner", "outer", "within"), [
    ("10.1.0.0/16", "10.0.0.0/8", True), ("10.0.0.0/8", "10.0.0.0/8", True),
    ("10.0.0.0/8", "10.1.0.0/16", False), ("11.0.0.0/16", "10.0.0.0/8", False),
    ("10.0.0.0/8", "::/0", False), ("2001:db8::/32", "::/0", True), ("::/0", "0.0.0.0/0", False),
])  # fmt: skip
def test_a_subset_is_of_one_family_and_wholly_inside(inner, outer, within) -> None:
    assert networks.subset(cidr(inner), cidr(outer)) is within


addresses = st.ip_addresses()


@given(addresses, addresses, st.integers(0, 128))
def test_containing_agrees_with_the_standard_library(base, client, length) -> None:
    bits = base.max_prefixlen
    network = ipaddress.ip_network((base, min(length, bits)), strict=False)
    mapped = client.ipv4_mapped if client.version == 6 else None
    if base.version == 6 and base.ipv4_mapped is not None:
        return  # the standard library takes it for an IPv6 address; the rows above say what we do
    packed = networks.address(str(client))
    assert networks.contains(cidr(str(network)), packed) is ((mapped or client) in network)
    assert networks.contains(cidr(str(network)), networks.address(str(base)))
