"""Times one rival in a process of its own: microseconds a verify, one line of JSON.

The time is the processor's: nobody waits for anything here, and what others on the machine take by
the clock is none of a rival's. A rival that runs in a child tells its own.

python -m bench.rivals.one NAME SECONDS
"""

import importlib
import json
import sys
from collections.abc import Callable
from time import perf_counter, process_time

from bench.rivals import Missing

ROUND_S = 0.02
Run = Callable[[int], float | None]


def rounds(run: Run, seconds: float) -> list[float]:
    """Microseconds of one verify in rounds of about 20 ms, after as much warming up as one."""
    per = 1
    while (spent := _time(run, per)) < ROUND_S / 2:
        per = max(per * 2, int(per * ROUND_S / max(spent, 1e-6) / 2))
    ends = perf_counter() + seconds
    found: list[float] = []
    while not found or perf_counter() < ends:
        found.append(_time(run, per) / per * 1e6)
    return found


def _time(run: Run, times: int) -> float:
    began = process_time()
    told = run(times)
    return process_time() - began if told is None else told


def main() -> None:
    name, seconds = sys.argv[1:3]
    told: dict[str, object] = {}
    try:
        module = importlib.import_module(f"bench.rivals.{name}")
        told = {"label": module.label, "values": rounds(module.prepare(), float(seconds))}
    except Missing as missing:
        told = {"missing": str(missing)}
    except ModuleNotFoundError as missing:
        told = {"missing": f"{name}: pip install '.[bench]' ({missing.name} is not there)"}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
