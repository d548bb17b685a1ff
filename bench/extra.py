"""Parts that are programs of their own: what they print stands in the report, their figures beside.

A program may write a `Section` to the file behind `--json`, where its source has that word. Else
lines such as `its answer   p50 2.0   p99 4.1   max 9.9   ms` are read out of what it prints.
"""

import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from bench.plan import Mode
from bench.results import Section, load_section

TIMEOUT_S = 600
# by part: what is said in a quick run, and in any other
ARGUMENTS = {
    "denylist": ([], []),
    "propagation": (
        ["--nodes", "3", "--revocations", "20", "--redis"],
        ["--nodes", "8", "--revocations", "300", "--redis"],
    ),
}
_FIGURES = re.compile(
    r"^(?P<what>\S.*?)\s+p50\s+(?P<p50>[\d.]+)\s+p99\s+(?P<p99>[\d.]+)\s+max\s+(?P<max>[\d.]+)"
    r"\s+(?P<unit>us|ms|s)$",
    re.MULTILINE,
)


def measure(name: str, mode: Mode) -> Section:
    module = f"bench.{name}"
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return Section(name=name, missing=[f"bench/{name}.py is not in this version"])
    arguments = mode.pick(*ARGUMENTS[name])
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "section.json"
        command = [sys.executable, "-m", module, *arguments]
        if '"--json"' in Path(spec.origin).read_text(encoding="utf-8"):
            command += ["--json", str(written)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return Section(name=name, failures=[f"it did not end within {TIMEOUT_S} s"])
        section = load_section(written) if written.exists() else read(name, done.stdout)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        what = section.missing if last.startswith("ModuleNotFoundError") else section.failures
        what.append(f"it ended with {done.returncode}: {last}")
    return section


def read(name: str, printed: str) -> Section:
    """The figures in what a program printed, and that itself."""
    section = Section(name=name, text=printed)
    for found in _FIGURES.finditer(printed):
        for part in ("p50", "p99", "max"):
            section.add(f"{found['what']}, {part}", found["unit"], [float(found[part])])
    return section
