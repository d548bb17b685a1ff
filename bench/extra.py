"""Parts that are modules of their own, which print what they found and may also write it.

`bench.denylist` and `bench.propagation` are run as `python -m`; `--quick` is given where their help
knows it, and `--json FILE` likewise: a `Section` as in results.py. What they print stands in the
report as it is.
"""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from bench.plan import Mode
from bench.results import Section, load_section

TIMEOUT_S = 600


def measure(name: str, mode: Mode) -> Section:
    module = f"bench.{name}"
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return Section(name=name, missing=[f"bench/{name}.py is not in this version"])
    source = Path(spec.origin).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "section.json"
        command = [sys.executable, "-m", module]
        command += ["--quick"] if mode is Mode.QUICK and '"--quick"' in source else []
        command += ["--json", str(written)] if '"--json"' in source else []
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return Section(name=name, failures=[f"it did not end within {TIMEOUT_S} s"])
        section = load_section(written) if written.exists() else Section(name=name)
    section.text = section.text or done.stdout
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        section.failures.append(f"it ended with {done.returncode}: {last}")
    return section
