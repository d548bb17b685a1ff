"""Ask both roads about mutated seeds until the time is up; the first disagreement ends the run.

    python -m tests.fuzz SECONDS [FOLDER]

FOLDER/<target> may hold further seeds, such as the corpus that libFuzzer grew; an input over which
the roads differ is left in FOLDER as found-<target>.
"""

import pathlib
import random
import sys
import time
from collections import Counter

from tests.fuzz.corpus import seeds
from tests.fuzz.targets import TARGETS, mutate


def fuzz(target: str, seconds: float, folder: pathlib.Path) -> None:
    """One target for so many seconds. Raises AssertionError where the roads differ."""
    run, told, data = TARGETS[target], Counter[str](), b""
    number = random.SystemRandom().randrange(2**32)
    rng, until = random.Random(number), time.monotonic() + seconds
    grown = folder / target
    own = seeds(target)
    pool = own + [one.read_bytes() for one in grown.glob("*") if one.is_file()]
    try:
        for data in pool:
            told[run(data)] += 1
        while time.monotonic() < until:
            for _ in range(100):
                data = mutate(target, rng.choice(rng.choice([own, pool])), rng)
                told[run(data)] += 1
    except BaseException:
        (folder / f"found-{target}").write_bytes(data)
        print(f"{target}: the roads differ, see {folder / f'found-{target}'} (seed {number})")
        raise
    said = ", ".join(f"{count} {what}" for what, count in told.most_common())
    print(f"{target}: {told.total()} inputs, {len(pool)} seeds, seed {number}: {said}", flush=True)


def main() -> None:
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "build/fuzz")
    folder.mkdir(parents=True, exist_ok=True)
    for target in TARGETS:
        fuzz(target, float(sys.argv[1]) / len(TARGETS), folder)


if __name__ == "__main__":
    main()
