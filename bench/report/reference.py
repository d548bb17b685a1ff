"""Writes what docs/bench shows: the report of the last full run, fit to be published.

    python -m bench.report.reference [FOLDER]

Only a whole run is a reference. A run of locust of the same commit, if there was one, takes the
place of the short one within it. Every round stays in `run.json` where the run was made: here are
the page and its plots, which name no folder of that machine.
"""

import re
import sys
import tempfile
from pathlib import Path

import msgspec

from bench.plan import PARTS
from bench.report.writing import show
from bench.results import Run, load_run

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results"


def reference(whole: Path, locust: Path) -> Run:
    """The run that is shown. Raises SystemExit where there is no whole one."""
    if not whole.exists():
        raise SystemExit(f"there is no {whole.relative_to(ROOT)}: make bench")
    run = load_run(whole)
    absent = {part.name for part in PARTS} - {section.name for section in run.sections}
    if run.mode == "quick" or absent:
        what = "quick" if run.mode == "quick" else f"without {', '.join(sorted(absent))}"
        raise SystemExit(f"the last run was {what}, which is no reference: make bench")
    if locust.exists() and (longer := load_run(locust)).commit == run.commit:
        (traffic,) = longer.sections
        traffic.text = longer.mode
        run.sections = [traffic if one.name == "traffic" else one for one in run.sections]
    return unplaced(run)


def unplaced(run: Run) -> Run:
    """The same without the folders of this machine, which a failure may name."""
    places = {str(ROOT): ".", tempfile.gettempdir(): "TMP", sys.base_prefix: "PYTHON"}
    places |= {str(Path.home()): "~"}
    longest = sorted(places, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, longest))})(?![\w-])")

    def clean(value: object) -> object:
        if isinstance(value, str):
            return pattern.sub(lambda found: places[found[1]], value)
        if isinstance(value, dict):
            return {key: clean(one) for key, one in value.items()}
        return [clean(one) for one in value] if isinstance(value, list) else value

    return msgspec.convert(clean(msgspec.to_builtins(run)), Run)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "bench"
    run = reference(RESULTS / "latest" / "run.json", RESULTS / "locust" / "run.json")
    print(show(run, folder))


if __name__ == "__main__":
    main()
