"""Runs of a snapshot in plain Python: the readable specification of `_run.h`.

A run is a filter, a directory and records, in the order of a 64-bit mix of kind and target with a
secret seed, which is uniform whatever targets were chosen. The directory says where the records of
each equal share of all mixes begin. The filter (split-block Bloom: 256-bit blocks, 8 bits an entry,
as in Apache Parquet) says only that an entry is not there; that one is there, its record says.
"""

from collections.abc import Iterator

import msgspec

_U64 = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_SALTS = (
    0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31,
)  # fmt: skip
_BLOCK = 32  # bytes of a block of a filter, for 16 entries

Seed = tuple[int, int, int, int]
Entry = tuple[int, bytes, int, int]  # kind, target, value, expires_at


class Shape(msgspec.Struct, frozen=True):
    """Where the parts of a run of so many records lie."""

    blocks: int  # of the filter
    bits: int  # of a mix, that the directory looks at
    directory: int
    records: int
    stride: int
    size: int  # of the whole run


def shape(values: bool, count: int) -> Shape:
    """`values`: whether its records have one, and so 32 bytes instead of 24."""
    stride, blocks = 32 if values else 24, (count + 15) // 16
    bits = max(1, count.bit_length() - 3)
    directory = blocks * _BLOCK
    records = (directory + 4 * (2**bits + 1) + 7) & ~7
    return Shape(blocks, bits, directory, records, stride, (records + count * stride + 63) & ~63)


def numbers(seed: bytes) -> Seed:
    """A seed of 32 bytes as the mix takes it."""
    first, second, third, fourth = (
        int.from_bytes(seed[at : at + 8], "little") for at in (0, 8, 16, 24)
    )
    return first, second, third, fourth


def _folded(a: int, b: int) -> int:
    return a * b & _U64 ^ a * b >> 64


def mix(seed: Seed, kind: int, target: bytes) -> int:
    """64 uniform bits of an entry."""
    low, high = int.from_bytes(target[:8], "little"), int.from_bytes(target[8:], "little")
    mixed = _folded(low ^ seed[0], high ^ seed[1])
    return _folded(mixed ^ seed[2], seed[3] + kind * _GOLDEN & _U64)


def filter_bits(blocks: int, mixed: int) -> Iterator[tuple[int, int]]:
    """The byte and the bit in it of each of the eight bits that an entry sets."""
    start = ((mixed >> 32) * blocks >> 32) * _BLOCK
    for number, salt in enumerate(_SALTS):
        bit = (mixed * salt & 0xFFFFFFFF) >> 27
        yield start + 4 * number + bit // 8, 1 << bit % 8


def pack(entry: Entry, values: bool) -> bytes:
    """An entry as a record."""
    kind, target, value, until = entry
    record = target + (until << 3 | kind).to_bytes(8, "little")
    return record + value.to_bytes(8, "little") if values else record


def unpack(record: bytes) -> Entry:
    """A record as an entry."""
    life = int.from_bytes(record[16:24], "little")
    return life & 7, record[:16], int.from_bytes(record[24:], "little"), life >> 3


def records(data: memoryview, values: bool, count: int) -> Iterator[Entry]:
    """Every entry of a run."""
    at = shape(values, count)
    for start in range(at.records, at.records + count * at.stride, at.stride):
        yield unpack(bytes(data[start : start + at.stride]))


def find(
    data: memoryview, values: bool, count: int, seed: Seed, kind: int, target: bytes
) -> Entry | None:
    """The entry of this kind and target in a run."""
    at, mixed = shape(values, count), mix(seed, kind, target)
    if not all(data[byte] & bit for byte, bit in filter_bits(at.blocks, mixed)):
        return None
    place = at.directory + 4 * (mixed >> 64 - at.bits)
    first, last = (int.from_bytes(data[p : p + 4], "little") for p in (place, place + 4))
    for number in range(first, min(last, count)):
        start = at.records + number * at.stride
        entry = unpack(bytes(data[start : start + at.stride]))
        if entry[:2] == (kind, target):
            return entry
    return None
