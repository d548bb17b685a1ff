"""All rivals, each pass in fresh processes, and in the next pass the other way round.

So that what a machine does meanwhile, and how code came to lie in memory, falls on none alone.
"""

import json
import subprocess
import sys

from bench.plan import Mode
from bench.results import Section

RIVALS = (
    "marzipan", "marzipan_grant", "libmacaroons", "go_macaroon", "pymacaroons", "signed_text",
    "pyjwt", "pyjwt_eddsa", "biscuit",
)  # fmt: skip


def measure(name: str, mode: Mode) -> Section:
    section = Section(name=name)
    found: dict[str, list[float]] = {}
    for number in range(mode.pick(1, 4)):
        for rival in RIVALS[:: -1 if number % 2 else 1]:
            told = _one(rival, mode.pick(0.3, 0.7))
            if "missing" in told:
                if told["missing"] not in section.missing:
                    section.missing.append(told["missing"])
            else:
                found.setdefault(told["label"], []).extend(told["values"])
    for label, values in found.items():
        section.add(label, "us", values)
    return section


def _one(rival: str, seconds: float) -> dict:
    command = [sys.executable, "-m", "bench.rivals.one", rival, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the rival {rival} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
