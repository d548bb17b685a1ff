"""Starts a server, lets locust loose on it, and tells what was found, in a report too.

    python -m bench.load.traffic [DURATION] [--users N] [--web]

The admin key goes to locust through its environment, never through its arguments. Server and locust
share all processors. Ends with 1 where an answer was wrong.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from bench import machine
from bench.plan import Mode
from bench.report.writing import write
from bench.results import Run, Section, load_section
from bench.wire.servers import Server, many_files, marzipan

ROOT = Path(__file__).parents[2]
OUT = ROOT / "bench" / "results" / "locust"
NO_LOCUST = "locust: pip install '.[bench]'"
USERS = 60


def command(host: str, users: int, duration: str, web: bool) -> list[str]:
    """How locust is called; all that is secret is in its environment."""
    said = [sys.executable, "-m", "locust", "-f", "bench/locustfile.py", "--host", host]
    said += ["--users", str(users), "--spawn-rate", str(users), "--stop-timeout", "5"]
    if web:
        return [*said, "--web-host", "127.0.0.1"]
    return [*said, "--headless", "--run-time", duration, "--only-summary", "--loglevel", "WARNING"]


def environment(server: Server, found: Path) -> dict[str, str]:
    ours = {
        "MARZIPAN_ADMIN_KEY": server.admin_key,
        "BENCH_SERVER_PID": str(server.pid),
        "BENCH_FOUND": str(found),
        "BENCH_BOUND_S": "0",  # a node alone: the very next verify knows
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **ours}


def run(users: int, duration: str, *, web: bool = False, quiet: bool = True) -> Section:
    """One run; what locust prints is kept as the section's text where it is quiet."""
    if find_spec("locust") is None:
        return Section(name="traffic", missing=[NO_LOCUST])
    many_files()
    with marzipan(every_core=True) as server, tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        said = command(server.url, users, duration, web)
        code, told = _call(said, environment(server, found), quiet)
        if not found.exists():
            last = told.strip()[-500:] or "it said nothing"
            return Section(name="traffic", failures=[f"locust ended with {code}: {last}"])
        return load_section(found)


def _call(said: list[str], environment: dict[str, str], quiet: bool) -> tuple[int, str]:
    """How it ended, and what it said where it is quiet."""
    out = subprocess.PIPE if quiet else None
    process = subprocess.Popen(
        said, cwd=ROOT, env=environment, text=True, stdout=out, stderr=subprocess.STDOUT
    )
    while True:
        try:
            told, _ = process.communicate()
            return process.returncode, told or ""
        except KeyboardInterrupt:
            # Ctrl-C reached locust too, which ends by itself and tells what it found.
            continue


def measure(name: str, mode: Mode) -> Section:
    return run(mode.pick(20, USERS), mode.pick("6s", "60s", "10m"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load.traffic")
    parser.add_argument("duration", nargs="?", default="60s")
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--web", action="store_true")
    given = parser.parse_args()
    whole = Run(
        machine=machine.machine(), versions=machine.versions(), commit=machine.commit(),
        mode=f"locust, {given.users} users for {given.duration}",
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    began = time.monotonic()
    section = run(given.users, given.duration, web=given.web, quiet=False)
    whole.seconds = section.seconds = time.monotonic() - began
    whole.sections.append(section)
    for one in section.measures:
        if one.unit in ("count", "requests/s", "MiB", "MiB/min"):
            print(f"{one.name}: {one.median:,.6g} {one.unit} {one.note}".rstrip())
    for line in (*section.failures, *section.missing):
        print(line)
    print(f"report: {write(whole, OUT)}")
    sys.exit(bool(section.failures))


if __name__ == "__main__":
    main()
