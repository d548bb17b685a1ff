"""The two clients: wrk for saturation, and our own, which can also keep to a rate.

Both run on the last core, in C: a client in Python would be what is measured.
"""

import atexit
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from bench.results import Section
from bench.rivals import Missing
from bench.wire.asked import Request
from bench.wire.processes import cores

NO_WRK = "wrk: apt-get install wrk (bench/wire/loadgen.c took its place)"
_DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"rate": %f, "answered": %d, "not_2xx": %d, "broken": %d, "us": ' ..
    '{"50": %f, "90": %f, "99": %f, "99.9": %f, "100": %f}}',
    summary.requests / summary.duration * 1e6, summary.requests, e.status,
    e.connect + e.read + e.write,
    latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency:percentile(99.9), latency.max))
end
"""


class Load(msgspec.Struct, frozen=True):
    """What a client saw: answers a second, and latencies in microseconds by percentile."""

    rate: float
    answered: int
    not_2xx: int
    broken: int
    us: dict[str, float]
    unsent: int = 0

    def fault(self) -> str:
        """What went wrong, or "" where every answer was a good one."""
        if self.not_2xx or self.broken:
            return f"{self.not_2xx} answers were not 2xx, {self.broken} connections broke"
        return "" if self.answered else "nothing was answered"

    def tell(self, section: Section, whose: str) -> None:
        """A failure in the section where something went wrong."""
        if fault := self.fault():
            section.failures.append(f"{whose}: {fault}")


def saturate(port: int, request: Request, seconds: float, connections: int) -> Load:
    """As many requests as the server takes. Raises Missing for bodies in turns without wrk."""
    if shutil.which("wrk") is None:
        if request.turns:
            raise Missing("bodies in turns, which wrk alone can send")
        return paced(port, request, seconds, connections, 0)
    whole = max(1, round(seconds))
    with tempfile.TemporaryDirectory(prefix="marzipan-wrk-") as folder:
        script, turns = Path(folder) / "ask.lua", None  # secrets are in files, not in arguments
        if request.turns:
            turns = Path(folder) / "turns"
            turns.write_text("\n".join(request.turns) + "\n")
        script.write_text(request.lua(turns) + _DONE)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s"]
        # wrk leaves an answer that comes later than this out of its percentiles: none may be.
        command += ["--timeout", f"{whole + 5}s"]
        command += ["-s", str(script), f"http://127.0.0.1:{port}{request.path}"]
        done = subprocess.run(_pinned(command), check=True, capture_output=True)
    return msgspec.json.decode(done.stdout[done.stdout.index(b'{"rate"') :], type=Load)


def paced(port: int, request: Request, seconds: float, connections: int, rate: float) -> Load:
    """So many requests a second, their latencies counted from when each was due; 0: all it can."""
    command = [str(_built()), str(port), str(connections), str(seconds), str(rate)]
    done = subprocess.run(_pinned(command), check=True, capture_output=True, input=request.raw())
    return msgspec.json.decode(done.stdout, type=Load)


def _pinned(command: list[str]) -> list[str]:
    return ["taskset", "-c", str(cores()[1]), *command]


@functools.cache
def _built() -> Path:
    """The load generator, built once for this process."""
    folder = tempfile.mkdtemp(prefix="marzipan-loadgen-")
    atexit.register(shutil.rmtree, folder, True)
    binary = Path(folder) / "loadgen"
    source = Path(__file__).with_name("loadgen.c")
    subprocess.run(["cc", "-O2", "-o", str(binary), str(source)], check=True)
    return binary
