"""Where a request's time goes: the server's processor by shared object, beside two floors.

The processor's time a request is the kernel's own count over the requests answered. perf samples
meanwhile in which object it is spent.
"""

import re
import shutil
import subprocess
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from bench.plan import Mode
from bench.results import Section
from bench.rivals import Missing
from bench.wire.admin import Admin
from bench.wire.asked import Request, both
from bench.wire.clients import NO_WRK, Load, saturate
from bench.wire.kinds import changing, plain
from bench.wire.servers import Server, floor, marzipan

ROOT = Path(__file__).parents[2]
CONNECTIONS = 16
HZ = "997"  # samples a second; a round figure would see the same of what wakes up by the clock
NO_PERF = "by shared object: apt-get install linux-perf (kernel.perf_event_paranoid 1, or root)"
GO = "go_json", "Go net/http, JSON in and out"
ECHO = "httptools_echo", "httptools on uvloop, no ASGI"
KERNEL, PYTHON = "kernel", "Python and libraries"
# In the order of a stack, from below.
PARTS = KERNEL, "uvloop and libuv", "httptools", "road", "engine", PYTHON, "Go"
_OBJECT = re.compile(r"\(([^()]+)\)$", re.MULTILINE)


def measure(name: str, mode: Mode) -> Section:
    section = Section(name=name)
    if shutil.which("wrk") is None:
        section.missing.append(NO_WRK)
        return section
    if shutil.which("perf") is None:
        section.missing.append(NO_PERF)
    with ExitStack() as stack:
        ours = stack.enter_context(marzipan())
        constant = both(ours.url, ours.admin_key)["verify"]
        for which, label in mode.pick((ECHO,), (ECHO, GO)):
            try:
                _look(section, label, stack.enter_context(floor(which)), constant, mode)
            except Missing as missing:
                section.missing.append(str(missing))
        key = Admin(ours.url, ours.admin_key).issue("payments:*")
        asked = {"verify, the same context each time": constant}
        for kind in mode.pick((), (plain(key), changing(key))):
            asked[kind.label] = kind.request(ours.admin_key)
        for label, request in asked.items():
            _look(section, label, ours, request, mode)
    return section


def _look(section: Section, label: str, server: Server, request: Request, mode: Mode) -> None:
    """Microseconds of the processor a request, whole and by part."""
    loads: list[Load] = []
    seconds = mode.pick(1, 5)
    asking = threading.Thread(
        target=lambda: loads.append(saturate(server.port, request, seconds, CONNECTIONS))
    )
    before = server.processor_s()
    asking.start()
    found = sampled(server.pid, seconds * 0.8)
    asking.join()
    (load,) = loads
    load.tell(section, label)
    each = (server.processor_s() - before) / max(1, load.answered) * 1e6
    section.add(label, "us", [each], note="of the server's processor, a request")
    if found and KERNEL not in found:
        section.missing.append(NO_PERF)
        return
    for part in PARTS:
        if part in found:
            share = found[part] / found.total()
            note = f"{share:.0%} of {found.total():,} samples"
            section.add(f"{label}: {part}", "us", [each * share], series=part, note=note)


def sampled(pid: int, seconds: float) -> Counter[str]:
    """Samples by part of a process that is at work; none where perf is not there, or may not."""
    if shutil.which("perf") is None:
        return Counter()
    with tempfile.TemporaryDirectory(prefix="marzipan-perf-") as folder:
        data = f"{folder}/perf.data"
        command = ["perf", "record", "-q", "-F", HZ, "-e", "cpu-clock", "-o", data]
        command += ["-p", str(pid), "--", "sleep", str(seconds)]
        if subprocess.run(command, capture_output=True).returncode:
            return Counter()
        command = ["perf", "script", "-i", data, "-F", "ip,dso"]
        done = subprocess.run(command, capture_output=True, text=True)
    return Counter(part_of(found) for found in _OBJECT.findall(done.stdout))


def part_of(path: str) -> str:
    """The part that an object belongs to, by its path."""
    at = Path(path)
    if path.startswith("["):
        return KERNEL  # and [vdso], the clock
    if at.name == "floor":
        return "Go"
    if "uvloop" in at.parts:
        return "uvloop and libuv"
    if "httptools" in at.parts:
        return "httptools"
    if at.is_relative_to(ROOT / "engine"):
        return "engine"
    return "road" if at.is_relative_to(ROOT / "server") else PYTHON
