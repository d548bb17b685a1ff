"""Runs the files for pytest-benchmark, and reads what they found."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.plan import Mode
from bench.results import Section

# Where nothing is waited for, the time of the processor: others on the machine take none of it.
TIMERS = {"engine": "time.process_time", "stores": "time.perf_counter"}
FILES = {
    "engine": ("bench_engine.py", "bench_codec.py", "bench_denylist.py"),
    "stores": ("bench_stores.py",),
}


def measure(name: str, mode: Mode) -> Section:
    """Microseconds a call, of every round. Raises SystemExit with what pytest said."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += [str(here / file) for file in FILES[name]]
        command += ["--benchmark-only", "--benchmark-quiet", f"--benchmark-json={found}"]
        command += [f"--benchmark-timer={TIMERS[name]}", "-rs", f"--part={mode.pick(0.05, 1.0)}"]
        done = subprocess.run(command, cwd=here.parent, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        entries = json.loads(found.read_text())["benchmarks"]
    section = Section(name=name)
    for entry in entries:
        extra = entry["extra_info"]
        scale = 1e6 / extra["per"]
        section.add(
            entry["name"],
            extra.get("unit", "us"),
            (value * scale for value in entry["stats"]["data"]),
            x=extra.get("x"),
            series=extra.get("series", ""),
        )
    section.missing += [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    return section
