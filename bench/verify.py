"""Time one `Verifier.verify`, compiled and with the plain Python twins, in the same run.

    python -m bench.verify

Prints microseconds per call (the median of rounds) and the ratio; the floor is the fold alone.
"""

import statistics
import timeit
from collections.abc import Callable

from engine import (
    Access,
    KeyRecord,
    Keyring,
    MasterSecret,
    Verifier,
    _chain,
    _chain_py,
    _denylist,
    _denylist_py,
    attenuate,
    chain,
)
from engine.caveats import Amount, Scopes, Tools
from engine.types import Kind

NOW = 1_800_000_000
ROUNDS, CALLS = 9, 2_000
NAMES = ("start", "extend", "seal", "fold", "equal")


def use(twin: bool) -> None:
    """Swap the chain under the engine, as the tests do."""
    for name in NAMES:
        setattr(chain, name, getattr(_chain_py if twin else _chain, name))


def microseconds(call: Callable[[], object]) -> float:
    """The median over rounds of one call."""
    rounds = timeit.repeat(call, number=CALLS, repeat=ROUNDS)
    return statistics.median(rounds) / CALLS * 1e6


def main() -> None:
    keys = Keyring(MasterSecret(1, bytes(range(32)))).tenant("default")
    minted = keys.mint_key(now=NOW)
    record = KeyRecord(1, NOW, NOW + 3600, scopes=("payments:*",))
    token = attenuate(
        minted.text, Tools(["payments.execute"]), Amount("USD", 4999), Scopes(["payments:*"])
    ).text
    access = Access(
        now=NOW, tool="payments.execute", amount=("USD", 4200), scopes=("payments:execute",)
    )
    results = {}
    for label, twin, denylist in (
        ("compiled", False, _denylist.Denylist()),
        ("twin", True, _denylist_py.Denylist()),
    ):
        use(twin)
        for number in range(10_000):
            denylist.add(Kind.BLOCK, number.to_bytes(16, "little"), 0, NOW * 2)
        verifier = Verifier(keys, denylist=denylist, records={minted.key_id: record})
        results[label] = microseconds(lambda v=verifier: v.verify(token, access))
        fold = microseconds(lambda: chain.fold(bytes(32), b"h" * 27, [b"b" * 60]))
        print(f"{label:9} verify {results[label]:7.2f} us, fold {fold:6.2f} us")
    use(False)
    print(f"ratio twin / compiled: {results['twin'] / results['compiled']:.2f}")


if __name__ == "__main__":
    main()
