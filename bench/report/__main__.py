"""Writes the page and its plots again from a run's JSON.

python -m bench.report RUN.json FOLDER
"""

import sys
from pathlib import Path

from bench.report.writing import write
from bench.results import load_run


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    print(write(load_run(Path(sys.argv[1])), Path(sys.argv[2])))


if __name__ == "__main__":
    main()
