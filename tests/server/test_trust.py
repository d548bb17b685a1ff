"""Guarantees of server/trust.py and server/networks.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.networks import parse_address, parse_cidr
from server.trust import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize("peer", ["203.0.113.9", "::ffff:203.0.113.9"])
def test_an_untrusted_peers_header_is_ignored(peer: str) -> None:
    assert PROXIES.client(peer, b"10.1.1.1, 192.0.2.1") == "203.0.113.9"
    assert TrustedProxies().client(peer, b"192.0.2.1") == "203.0.113.9"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (b"192.0.2.1", "192.0.2.1"),
        (b"198.51.100.7, 192.0.2.1", "192.0.2.1"),
        (b"198.51.100.7, 192.0.2.1, 10.9.9.9", "192.0.2.1"),
        (b"garbage, 192.0.2.1", "192.0.2.1"),
        (b"::ffff:192.0.2.1", "192.0.2.1"),
        (b"2001:DB8::1", "2001:db8::1"),
        (b"192.0.2.1:443", "192.0.2.1"),
        (b"[2001:db8::1]:443", "2001:db8::1"),
        (b"10.2.2.2, fd00::1", "10.2.2.2"),
    ],
)
def test_a_trusted_proxy_is_believed_up_to_the_right_most_untrusted_hop(
    header: bytes, client: str
) -> None:
    assert PROXIES.client("10.0.0.1", header) == client
    assert PROXIES.client("::ffff:10.0.0.1", header) == client


@pytest.mark.parametrize(
    "header",
    [b"", b",", b"unknown", b"192.0.2.1,", b"1.2.3", b"\xff", b"192.0.2.1 192.0.2.2", b"fe80::1%0"]
    + [b"192.0.2.1, junk, 10.0.0.2"],
)
def test_a_malformed_header_from_a_trusted_proxy_yields_no_address(header: bytes) -> None:
    assert PROXIES.client("10.0.0.1", header) is None


def test_without_a_header_a_trusted_proxy_is_never_taken_for_the_client() -> None:
    assert PROXIES.client("10.0.0.1", None) is None
    assert PROXIES.client("::ffff:10.0.0.1", None) is None
    assert PROXIES.client("203.0.113.9", None) == "203.0.113.9"


def test_a_unix_socket_has_no_address() -> None:
    assert PROXIES.client(None, b"192.0.2.1") is None


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_spelled_as_the_plain_one(address: object) -> None:
    assert parse_address(f"::ffff:{address}") == str(address) == parse_address(str(address))


@given(st.text() | st.text("0123456789abcdef:./%"))
def test_no_text_raises(text: str) -> None:
    parse_address(text)
    parse_cidr(text)
    PROXIES.client(text, text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("10.0.0.1", None),
        ("10.0.0.0/255.0.0.0", None),
        ("10.0.0.0/33", None),
        ("fe80::%eth0/64", None),
        ("x/8", None),
    ],
)
def test_a_network_has_one_spelling_and_a_written_length(text: str, plain: str | None) -> None:
    assert parse_cidr(text) == plain
