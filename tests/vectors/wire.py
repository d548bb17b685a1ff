"""Format version 1 written down once more, from the design alone, for the vector generator.

Nothing of the engine is used here, and unlike the engine this can also write what is not allowed.
"""

import base64
import struct
import zlib
from collections.abc import Sequence

from blake3 import blake3

MASTER = bytes(range(32))
NOW = 1_800_000_000
CONTEXT = "marzipan 2026-11 tenant root key v1"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NAMES = {
    1: "Window", 2: "Audience", 3: "Scopes", 4: "Network", 5: "Tools", 6: "Amount", 7: "Http",
    8: "Resource", 9: "Delegate", 10: "MaxDepth", 11: "Budget", 12: "BodyHash", 13: "Binding",
    64: "Custom",
}  # fmt: skip


class Raw(bytes):
    """Bytes that `pack` copies as they are."""


def pack(value: object) -> bytes:
    """Minimal msgpack."""
    if isinstance(value, Raw):
        return bytes(value)
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, bytes):
        return _sized(value, None, b"\xc4", b"\xc5")
    if isinstance(value, str):
        text = value.encode()
        return _sized(text, (0xA0, 31), b"\xd9", b"\xda")
    if isinstance(value, (list, tuple)):
        short = bytes([0x90 | len(value)]) if len(value) < 16 else b"\xdc" + _u16(len(value))
        return short + b"".join(map(pack, value))
    raise TypeError(type(value))


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _integer(value: int) -> bytes:
    if value < 0:
        return struct.pack(">b", value) if value >= -32 else b"\xd3" + struct.pack(">q", value)
    if value < 128:
        return bytes([value])
    for lead, size in ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
        if value < 1 << (8 * size):
            return bytes([lead]) + value.to_bytes(size, "big")
    raise OverflowError(value)


def _sized(data: bytes, fix: tuple[int, int] | None, one: bytes, two: bytes) -> bytes:
    if fix and len(data) <= fix[1]:
        return bytes([fix[0] | len(data)]) + data
    return (one + bytes([len(data)]) if len(data) < 256 else two + _u16(len(data))) + data


def tenant_key(master: bytes, tenant: str, epoch: int) -> bytes:
    name = tenant.encode()
    material = master + bytes([len(name)]) + name + epoch.to_bytes(4, "little")
    return blake3(material, derive_key_context=CONTEXT).digest()


def step(key: bytes, op: int, data: bytes = b"") -> tuple[bytes, bytes]:
    output = blake3(bytes([op]) + data, key=key).digest(48)
    return output[:32], output[32:]


def fold(key: bytes, header: bytes, blocks: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """T0..Tn and R0..Rn."""
    pairs = [step(key, 1, header)]
    for block in blocks:
        pairs.append(step(pairs[-1][0], 2, block))
    return [tag for tag, _ in pairs], [rid for _, rid in pairs]


def crc6(text: str) -> str:
    value, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits


def sign(text: str) -> str:
    """The text with its checksum."""
    return f"{text}_{crc6(text)}"


def body(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def spell(prefix: str, token: bytes) -> str:
    return sign(f"{prefix}_{body(token)}")


def token(
    header: bytes,
    blocks: Sequence[bytes] = (),
    *,
    prefix: str | None = None,
    sealed: bool = False,
    key: bytes | None = None,
    tail: bytes | None = None,
) -> str:
    """The text of a properly MACed token, unless a tail is given."""
    if tail is None:
        tags, _ = fold(key or tenant_key(MASTER, "default", 0), header, blocks)
        tail = step(tags[-1], 3)[0] if sealed else tags[-1]
    bare = not blocks and header[1:2] == b"\x01"
    fitting = "mz_ms" if sealed else "mz_ak" if bare else "mz_mc"
    return spell(prefix or fitting, pack([header, list(blocks), tail]))


def key_header(**fields: object) -> bytes:
    """A key's header; a field may be given any value."""
    named = {"tag": 1, "master_id": 1, "tenant_epoch": 0, "key_id": b"K" * 16, "issued_at": NOW}
    return pack(list((named | fields).values()))


def grant_header(**fields: object) -> bytes:
    """A grant's header; a field may be given any value."""
    return pack(list((grant_fields() | fields).values()))


def grant_fields() -> dict[str, object]:
    return {
        "tag": 2,
        "master_id": 1,
        "tenant_epoch": 0,
        "key_id": b"K" * 16,
        "key_issued_at": NOW - 1000,
        "generation": 0,
        "grant_id": b"G" * 16,
        "issued_at": NOW,
        "expires_at": NOW + 3600,
        "actor": "agent-7",
        "scopes": ["payments.execute", "read:*"],
        "cidrs": None,
        "audiences": None,
        "claims": b"",
    }


def block(*caveats: object, nonce: object = b"n" * 8) -> bytes:
    return pack([nonce, *caveats])
