"""What a denylist holds as runs of a snapshot, in plain Python: the specification of `_merge.h`."""

from itertools import accumulate
from typing import Protocol

from ._run_py import Entry, Seed, filter_bits, mix, numbers, pack, shape

DAY = 86_400
FOREVER = 2**40  # the greatest expiry kept, the year 36,812; a later one counts as this
CHILDREN, SUNSET = 4, 7

# Whether its records have a value, their number, when the last has expired, how many there are of
# each kind, and the run itself.
Run = tuple[bool, int, int, list[int], bytes]


class Held(Protocol):
    """A denylist, as far as it is merged."""

    def entries(self) -> list[Entry]:
        """All that it holds; one of both tiers may be there twice."""
        ...


def stronger(kind: int, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Value and expiry as strong as those of both: the value of a SUNSET is the least of them."""
    value = min(one[0], other[0]) if kind == SUNSET else max(one[0], other[0])
    return value, max(one[1], other[1])


def _span(until: int, now: int) -> int:
    """In which run an entry belongs: of some two days, of some week, or of longer."""
    left = until - now
    return 0 if left <= 2 * DAY else 1 if left <= 8 * DAY else 2


def _run(values: bool, seed: Seed, entries: list[Entry]) -> Run:
    """One run; the entries are in its order."""
    at = shape(values, len(entries))
    data, kinds, before = bytearray(at.size), [0] * 8, [0] * (2**at.bits + 1)
    for number, entry in enumerate(entries):
        mixed = mix(seed, *entry[:2])
        kinds[entry[0]] += 1
        before[(mixed >> 64 - at.bits) + 1] += 1
        for byte, bit in filter_bits(at.blocks, mixed):
            data[byte] |= bit
        start = at.records + number * at.stride
        data[start : start + at.stride] = pack(entry, values)
    for share, place in enumerate(accumulate(before)):
        start = at.directory + 4 * share
        data[start : start + 4] = place.to_bytes(4, "little")
    return values, len(entries), max(entry[3] for entry in entries), kinds, bytes(data)


def merge(denylist: Held, seed: bytes, now: int) -> list[Run]:
    """The runs of all that expires after now."""
    if len(seed) != 32 or now < 0:
        raise ValueError("a seed is 32 bytes, and now is not negative")
    key, made = numbers(seed), []
    strongest: dict[tuple[int, bytes], tuple[int, int]] = {}
    for kind, target, value, until in denylist.entries():
        if until > now:
            here = value, until
            strongest[kind, target] = stronger(kind, here, strongest.get((kind, target), here))

    def order(entry: Entry) -> tuple[int, ...]:
        target = entry[1]
        low, high = (int.from_bytes(half, "little") for half in (target[:8], target[8:]))
        return mix(key, entry[0], target), entry[0], low, high

    ordered = sorted((k + v for k, v in strongest.items()), key=order)
    for values in (False, True):
        for span in range(3):
            entries = [
                one
                for one in ordered
                if (one[0] >= CHILDREN) is values and _span(one[3], now) == span
            ]
            if entries:
                made.append(_run(values, key, entries))
    return made
