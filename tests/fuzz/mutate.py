"""Mutations: of msgpack values, whose spelling may then be wrong in one place, and of plain bytes.

Everything is drawn from one `random.Random`, so that a seed tells a whole run.
"""

import random
import struct

from tests.vectors.wire import Raw, pack

EDGES = [0, 1, 2, 7, 8, 15, 16, 31, 32, 33, 127, 128, 255, 256, 65535, 65536, 2**31 - 1, 2**31,
         2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 1_800_000_000]  # fmt: skip
LENGTHS = [0, 1, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 255, 256, 257]
ODD = [b"\xc0", b"\xc1", b"\xc2", b"\xc3", b"\xff", b"\xe0", b"\xd0\x80", b"\xd1\xff\x00",
       b"\xd2\xff\xff\xff\x00", b"\xd3" + b"\xff" * 8, b"\xca\x3f\x80\x00\x00",
       b"\xcb\x3f\xf0" + bytes(6), b"\x80", b"\x81\x01\x02", b"\xd4\x01\x00",
       b"\xd8\x01" + bytes(16), b"\xc7\x02\x01ab", b"\xdd\x00\x00\x00\x00", b"\xdc\x00\x00",
       b"\xde\x00\x00", b"\x90",
       b"\xa0", b"\xc4\x00", b"\xc6\x00\x00\x00\x01a", b"\xdb\x00\x00\x00\x01a",
       b"\xd6\xff\x00\x00\x00\x01"]  # fmt: skip
NOT_UTF8 = [b"\xff", b"\xc0\xae", b"\xc1\xbf", b"\xe0\x80\xae", b"\xed\xa0\x80",
            b"\xf0\x80\x80\xae", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\x80", b"\xc3",
            b"\xe2\x82", b"\xf0\x9d\x92", b"\xc2\x00", b"\xe2\x28\xa1"]  # fmt: skip
SPELLINGS = ["", "*", "a:*", ":*", "a.*", ".*", "/*", "a/*", "/", "%2e", "%C2%85", ";", "..", "?",
             "\\", "é", "\x85", "\U0001d4b3", "marzipan:x", "::ffff:10.0.0.1", "read:a", "GET",
             "/a/b", "USD", "a"]  # fmt: skip


def wide(value: object, rng: random.Random) -> Raw:
    """A value in a longer form than it needs, or in the same where there is no longer one."""
    if isinstance(value, bool) or value is None:
        return Raw(pack(value))
    if isinstance(value, int) and 0 <= value < 2**63:
        head, size = rng.choice([(0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8), (0xD3, 8)])
        return Raw(bytes([head]) + (value % (1 << 8 * size)).to_bytes(size, "big"))
    if isinstance(value, (bytes, str)):
        data = value.encode() if isinstance(value, str) else value
        first, step = 0xD9 if isinstance(value, str) else 0xC4, rng.randrange(3)
        size = (len(data) % (1 << (8 << step))).to_bytes(1 << step, "big")
        return Raw(bytes([first + step]) + size + data)
    if isinstance(value, list):
        head, size = rng.choice([(0xDC, 2), (0xDD, 4)])
        return Raw(bytes([head]) + len(value).to_bytes(size, "big") + b"".join(map(pack, value)))
    return Raw(pack(value))


def leaf(rng: random.Random) -> object:
    """Any value that is near the edge of something."""
    kind = rng.randrange(7)
    if kind == 0:
        return rng.choice(EDGES)
    if kind == 1:
        return rng.randbytes(rng.choice(LENGTHS))
    if kind == 2:
        return rng.choice(["x", "é", "\U0001d4b3"]) * rng.choice(LENGTHS)
    if kind == 3:
        bad = rng.choice(["", "a", "x" * 30]).encode() + rng.choice(NOT_UTF8)
        return Raw(pack("y" * len(bad))[: -len(bad)] + bad)
    if kind == 4:
        return rng.choice([-1, -128, 1.0, float("nan"), None, True, False, []])
    if kind == 5:
        return rng.choice(SPELLINGS)
    return Raw(rng.choice(ODD))


def change(value: object, rng: random.Random) -> object:
    """The value with one thing about it, or about one of its elements, changed."""
    if isinstance(value, list) and value and rng.random() < 0.8:
        at, act = rng.randrange(len(value)), rng.randrange(10)
        if act == 0:
            return value[:at] + value[at + 1 :]
        if act == 1:
            return [*value[:at], leaf(rng), *value[at:]]
        if act == 2:
            times = rng.choice([1, 2, 15, 16, 31, 32, 33])
            return value[:at] + [value[at]] * times + value[at:]
        return [*value[:at], change(value[at], rng), *value[at + 1 :]]
    act = rng.randrange(6)
    if act == 0:
        return wide(value, rng) if not isinstance(value, Raw) else leaf(rng)
    if act == 1 and isinstance(value, int):
        return max(0, value + rng.choice([-1, 1, 2**32, -(2**32)]))
    if act == 2 and isinstance(value, str):
        at = rng.randint(0, len(value))
        return value[:at] + rng.choice(SPELLINGS) + value[at:]
    if act == 3 and isinstance(value, bytes) and value:
        return garble(value, rng)
    if act == 4:
        return [value]
    return leaf(rng)


def garble(data: bytes, rng: random.Random) -> bytes:
    """The bytes with a few of them flipped, cut, doubled, moved or replaced."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        at = rng.randint(0, len(out))
        act = rng.randrange(6)
        if act == 0 and at < len(out):
            out[at] ^= 1 << rng.randrange(8)
        elif act == 1:
            out[at : at + 1] = rng.choice([*ODD, *NOT_UTF8])
        elif act == 2:
            del out[at : at + rng.choice([1, 1, 2, 8, 100])]
        elif act == 3:
            out[at:at] = out[at : at + rng.choice([1, 4, 16, 40])]
        elif act == 4 and at < len(out):
            out[at] = rng.choice([0, 0x7F, 0x80, 0xFF, 0x90, 0x9F, 0xA0, 0xC4, 0xD9, 0xDC])
        else:
            size = rng.choice([1, 2, 4, 8])
            out[at : at + size] = struct.pack(">Q", rng.choice(EDGES))[-size:]
    return bytes(out)
