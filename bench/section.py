"""Runs one part in a process of its own, so that no part inherits another's heap or caches.

python -m bench.section PART MODE FILE
"""

import importlib
import signal
import sys
import time
from pathlib import Path

from bench.plan import Mode, chosen
from bench.results import save


def main() -> None:
    # Whoever waits no longer says SIGTERM: servers and folders go too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("it took too long"))
    name, mode, path = sys.argv[1:4]
    (part,) = chosen(name)
    module = importlib.import_module(part.module)
    began = time.monotonic()
    section = module.measure(name, Mode(mode))
    section.name, section.seconds = name, time.monotonic() - began
    save(Path(path), section)


if __name__ == "__main__":
    main()
