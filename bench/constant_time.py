"""Whether the time of a refused tail tells where it differs, in the manner of dudect.

    python -m bench.constant_time [MEASUREMENTS PER ROUND]

Two classes of wrong tails, one differing in its first byte and one in its last, are timed in random
order, call by call. Welch's t-test compares the classes, over all times and over those below some
percentiles, since interrupts only ever add. Source: Reparaz, Balasch and Verbauwhede, "Dude, is my
code constant time?" (2017). What machines that do other work add comes and goes, so the median of
the rounds' t counts: below 4.5 there is no evidence of a difference. Two subjects guard the method:
in one both classes are alike, and a comparison that stops early must be found.
"""

import random
import sys
from collections.abc import Callable, Sequence
from math import sqrt
from statistics import fmean, median, variance
from time import perf_counter_ns

import msgspec

from engine import (
    Access,
    Keyring,
    MasterSecret,
    NoDenylist,
    TenantKeys,
    TokenError,
    Verifier,
    _chain,
    text,
)

NOW, ROUNDS = 1_800_000_000, 11


def wrong_tail(tail: bytes, at: int) -> bytes:
    """The tail with one byte changed."""
    return tail[:at] + bytes([tail[at] ^ 1]) + tail[at + 1 :]


def wrong_tokens(keys: TenantKeys, *places: int) -> list[str]:
    """Tokens of one new key, whose tails differ in the byte at each of these places."""
    prefix, data = text.decode(keys.mint_key(now=NOW).text)
    head, blocks, tail = msgspec.msgpack.decode(data)
    tails = [wrong_tail(tail, at) for at in places]
    return [text.encode(prefix, msgspec.msgpack.encode((head, blocks, one))) for one in tails]


def measure(
    call: Callable[[object], object], pair: Callable[[], Sequence[object]], count: int
) -> list[list[int]]:
    """Nanoseconds of single calls, by class, in random order.

    Both arguments are made just before one is used, and that one is copied: a set of them, used
    again and again, would be told apart by where it lies and by which entries of a table it needs;
    and so would two ways of making them, by how they leave the caches and the predictors.
    """
    source, times = random.Random(), [list[int](), list[int]()]
    for _ in range(2 * count):
        side = source.getrandbits(1)
        argument = copied(pair()[side])
        before = perf_counter_ns()
        call(argument)
        times[side].append(perf_counter_ns() - before)
    return times


def copied(argument: object) -> object:
    """An equal object in another place."""
    return bytes(bytearray(argument)) if isinstance(argument, bytes) else f"{argument} "[:-1]


def welch(one: Sequence[int], other: Sequence[int]) -> float:
    """Welch's t of two samples; 0 where one of them is too small to say."""
    if min(len(one), len(other)) < 2:
        return 0.0
    spread = variance(one) / len(one) + variance(other) / len(other)
    return (fmean(one) - fmean(other)) / sqrt(spread) if spread else 0.0


def by_percentile(times: list[list[int]]) -> list[float]:
    """The t over all times, and over those below each of some percentiles."""
    pooled = sorted(times[0] + times[1])
    cuts = [pooled[-1], *(pooled[len(pooled) * part // 100] for part in (50, 75, 90, 99))]
    kept = [[[time for time in side if time <= cut] for side in times] for cut in cuts]
    return [welch(*sides) for sides in kept]


def refused(call: Callable[[str, Access], object]) -> Callable[[object], object]:
    """The call with its refusal swallowed; a token that is not refused ends the run."""
    access = Access(now=NOW)

    def asked(token: object) -> None:
        try:
            call(str(token), access)
        except TokenError:
            return
        raise SystemExit("a wrong tail was accepted")

    return asked


def stops_early(tail: bytes) -> Callable[[object], object]:
    """The control: a comparison that ends at the first byte that differs."""

    def compare(other: object) -> bool:
        assert isinstance(other, bytes)
        for one, two in zip(tail, other, strict=True):
            if one != two:
                return False
        return True

    return compare


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    keys = Keyring(MasterSecret(1, bytes(range(32)))).tenant("default")
    tail = bytes(range(100, 132))

    def tails() -> list[bytes]:
        return [wrong_tail(tail, 0), wrong_tail(tail, 31)]

    verifier = Verifier(keys, denylist=NoDenylist(), records={})
    subjects: list[tuple[str, Callable[[object], object], Callable[[], Sequence[object]]]] = [
        ("stops early", stops_early(tail), tails),
        ("both classes alike", refused(verifier.verify), lambda: wrong_tokens(keys, 31, 31)),
        ("chain.equal", lambda other: _chain.equal(tail, other), tails),  # type: ignore[arg-type]
        ("verify, compiled road", refused(verifier.verify), lambda: wrong_tokens(keys, 0, 31)),
        ("decide, readable road", refused(verifier.decide), lambda: wrong_tokens(keys, 0, 31)),
    ]
    for name, call, pair in subjects:
        rounds = [by_percentile(measure(call, pair, count)) for _ in range(ROUNDS)]
        t = max((median(one) for one in zip(*rounds, strict=True)), key=abs)
        verdict = "no evidence" if abs(t) < 4.5 else "suspect" if abs(t) < 10 else "DIFFERENT"
        print(f"{name:24} median t = {t:9.2f}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
