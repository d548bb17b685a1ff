"""Facts and restrictions that stress the rules: odd spellings, odd types, odd addresses."""

import enum

from hypothesis import strategies as st

from engine import Access, KeyRecord, KeyStatus, Visibility
from tests.engine.chains import NOW, accesses


class Text(str):
    """A str, but not exactly one."""

    __slots__ = ()


class Number(enum.IntEnum):
    """Ints, but not exactly such."""

    NOW = NOW
    THREE = 3


class Octets(bytes):
    """Bytes, but not exactly such."""

    __slots__ = ()


def spelled(*fragments: str, most: int = 6) -> st.SearchStrategy[str]:
    """Texts made of these fragments."""
    return st.lists(st.sampled_from(fragments), max_size=most).map("".join)


PATH = (
    "/", "/", "/", "a", "b", ".", "..", "%2e", "%2E", "%2f", "%5c", "%25", "%3b", "%3B", "%C2%85",
    "%c3%a9", "%C3", "%ed%a0%80", "%c0%ae", ";", ";x", "*", "?", "?q", "\\", "%", "%4", "%zz",
    "%7f", "%7e", "%7E", "%1f", "%20", "%00", "%80", "\x00", "\x1f", "\x7f", "\x80", "\x85",
    "\x9f", "\xa0", "é", "\u2028", "\U0001d4b3", " ", "%e2%80%a8", "%f0%9d%92%b3", "%f5", "%2a",
)  # fmt: skip
paths = spelled(*PATH)
path_lists = st.lists(paths.filter(bool), min_size=1, max_size=3)
plain = spelled("/", "a", "b", "*", ";x", "%41", "é", ".x")
scopes = spelled("a", "b", ":", ":", "*", "marzipan", "é", ".", "m", " ")
tools = spelled("a", "b", ".", ".", "*", "é", ":")
names = st.sampled_from(["GET", "get", "USD", "a", "A", "é", "e\u0301", "\U0001d4b3", "a\x00b"])

GROUPS = ("0", "1", "00", "01", "ffff", "FFFF", "fFfF", "db8", "0db8", "00001", "g", "10", "255",
          "256", "7f")  # fmt: skip
addresses = st.one_of(
    st.lists(st.sampled_from(GROUPS), min_size=4, max_size=4).map(".".join),
    st.lists(st.sampled_from((*GROUPS, "", "", "10.0.0.1")), min_size=1, max_size=9).map(":".join),
    spelled("::", ":", "ffff", "10.1.2.3", "%eth0", "%", "0", "/32", " ", "\x00", "[", "]", "١"),
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map("::ffff:{}".format),
    st.ip_addresses(v=6).map(lambda ip: ip.exploded.upper()),
)


def _network(packed: bytes, length: int) -> bytes:
    """The address with its host bits cleared, packed."""
    bits = 8 * len(packed)
    kept = int.from_bytes(packed, "big") >> (bits - length) << (bits - length)
    return kept.to_bytes(len(packed), "big") + bytes([length])


v4s = st.sampled_from([bytes(4), b"\x0a\x01\x02\x03", b"\xff" * 4]) | st.binary(
    min_size=4, max_size=4
)
v6s = st.sampled_from(
    [bytes(16), bytes(10) + b"\xff\xff\x0a\x01\x02\x03", b"\x20\x01\x0d\xb8" + bytes(12)]
) | st.binary(min_size=16, max_size=16)
packed = st.builds(_network, v4s, st.integers(0, 32)) | st.builds(
    _network, v6s, st.integers(0, 128)
)
networks = packed | st.binary(min_size=4, max_size=18)

texts = st.one_of(
    st.none(), names, st.text(max_size=5), st.just("a\ud800b"), names.map(Text), st.just(b"a"),
    st.integers(0, 9), st.just("x" * 70_000),
)  # fmt: skip
integers = st.sampled_from([
    NOW, NOW - 1, NOW + 1, 0, -1, 3, 20, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**200,
    True, False, 3.0, float(NOW), None, "3", Number.NOW, Number.THREE,
])  # fmt: skip
digests = st.sampled_from([None, b"h" * 32, b"o" * 32, b"h" * 31, Octets(b"h" * 32), "h" * 32,
                           bytearray(b"h" * 32)])  # fmt: skip
wanted = st.sampled_from([
    (), ("read:a",), ["read:a"], ("read:a", "*"), ("read:*",), (Text("read:a"),), ("",), (b"read",),
    ("a\ud800",), ("x" * 256,), ("é" * 128,), ("x" * 257,), ("r:a",) * 64, ("read:a",) * 64,
    ("read:a",) * 65, ("marzipan",), ("marzipan:x",), ("marzipanx",), (None,), None, "read:a",
])  # fmt: skip
amounts = st.one_of(
    st.none(),
    st.tuples(texts | st.just("USD"), integers),
    st.sampled_from([["USD", 3], ("USD",), ("USD", 3, 4), (), "US"]),
)
ODD = {
    "now": integers, "client_ip": texts | addresses, "method": texts, "path": texts | paths,
    "scopes": wanted | st.lists(scopes, max_size=3).map(tuple), "tool": texts | tools,
    "resource": texts | paths, "amount": amounts, "audience": texts, "body_hash": digests,
    "binding": digests,
}  # fmt: skip


class Wider(Access, frozen=True):
    """An Access of another class, which the compiled road must not judge."""


def _odd_access(base: Access, changes: dict[str, object], kind: type[Access]) -> Access | None:
    stated = {name: getattr(base, name) for name in Access.__struct_fields__}
    try:
        return kind(**stated | changes)
    except TypeError:  # there can't be such a one
        return None


odd_accesses = st.builds(
    _odd_access,
    accesses,
    st.fixed_dictionaries({}, optional=ODD),
    st.sampled_from([Access, Access, Access, Wider]),
)

records = st.fixed_dictionaries(
    {},
    optional={
        "master_id": st.sampled_from([2, True, 1.0, "1", 2**70]),
        "issued_at": st.sampled_from([float(NOW), NOW - 1, Number.NOW, 2**70]),
        "expires_at": integers,
        "status": st.sampled_from([*KeyStatus, 1, 1.0, 2, None, True, Visibility.SECRET]),
        "visibility": st.sampled_from([*Visibility, 1, 2, 2.0, None, KeyStatus.ACTIVE]),
        "generation": st.sampled_from([0, 7, None, 2**70]),
        "actor": st.sampled_from(
            ["owner", "", "é", "a\ud800", "x" * 1000, "x" * 70_000, Text("owner")]
        ),
        "scopes": st.one_of(
            st.lists(scopes, max_size=3).map(tuple),
            st.sampled_from([["read:*"], (Text("read:*"),), ("a\ud800", "*"), ("x" * 257, "*")]),
        ),
        "networks": st.one_of(
            st.none(),
            st.lists(networks, max_size=3).map(tuple),
            st.sampled_from([(Octets(b"\x0a\0\0\0\x08"),), [b"\x0a\0\0\0\x08"], ()]),
        ),
    },
)


def odd_record(changes: dict[str, object]) -> KeyRecord | None:
    """A record with any of its fields changed; None where there can't be such a one."""
    fields = {"master_id": 1, "issued_at": NOW, "expires_at": NOW + 50, "scopes": ("*",)}
    try:
        return KeyRecord(**fields | {"actor": "owner"} | changes)
    except (TypeError, ValueError, OverflowError):
        return None
