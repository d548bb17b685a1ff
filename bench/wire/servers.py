"""The servers that are measured, each a process of its own on the first core."""

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.rivals import Missing
from bench.wire.processes import (
    children,
    document,
    free_port,
    process,
    processor_ns,
    resident_of,
    wait,
)

FLOORS = Path(__file__).parent / "floors"


class Server(msgspec.Struct, frozen=True):
    """A server that answers. `admin_key` is Marzipan's, and never shown."""

    name: str
    port: int
    pid: int
    admin_key: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __repr__(self) -> str:
        return f"Server({self.name!r}, {self.port})"

    def processor_s(self) -> float:
        """Seconds of the processor that the server and its workers have had, all their threads."""
        return sum(processor_ns(pid) for pid in (self.pid, *children(self.pid))) / 1e9

    def resident(self) -> int:
        """Bytes of memory that the server and its workers hold."""
        return sum(resident_of(pid) for pid in (self.pid, *children(self.pid)))


def many_files() -> None:
    """Allow as many open files as may be, for a thousand connections."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def marzipan(
    *options: str, root: Path | None = None, every_core: bool = False, database: str = ""
) -> Iterator[Server]:
    """A Marzipan over a new SQLite file (or the database named), from the tree at `root`."""
    root = root or Path(__file__).parents[2]
    with tempfile.TemporaryDirectory(prefix="marzipan-bench-") as folder:
        command = [sys.executable, "-m", "server", "serve", "--json", "--port", "0"]
        command += ["--database", database or f"sqlite:///{folder}/bench.db"]
        command += ["--secret-file", f"{folder}/bench.secret", *options]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MARZIPAN_")}
        environment |= {"MARZIPAN_LOG_LEVEL": "error", "PYTHONPATH": str(root)}
        with process(command, root, environment, every_core, stdout=True) as started:
            assert started.stdout is not None
            told = json.loads(document(started.stdout))
            port = int(told["url"].rpartition(":")[2])
            wait(port, started)
            yield Server("marzipan", port, started.pid, told["admin_key"])


@contextlib.contextmanager
def floor(name: str) -> Iterator[Server]:
    """One of the floors. Raises Missing where Go would be needed and is not there."""
    with tempfile.TemporaryDirectory(prefix="marzipan-floor-") as folder:
        port = free_port()
        environment = dict(os.environ)
        if name == "go_json":
            environment |= {"GOMAXPROCS": "1"}
            command = [_go(Path(folder)), str(port)]
        else:
            command = [sys.executable, "-m", f"bench.wire.floors.{name}", str(port)]
        with process(command, FLOORS.parents[2], environment) as started:
            wait(port, started)
            yield Server(name, port, started.pid)


def takes(option: str) -> bool:
    """Whether this version's `serve` has an option."""
    command = [sys.executable, "-m", "server", "serve", "--help"]
    done = subprocess.run(command, cwd=FLOORS.parents[2], capture_output=True, text=True)
    return option in done.stdout


def _go(folder: Path) -> str:
    if shutil.which("go") is None:
        raise Missing("go_json: apt-get install golang-go")
    binary = str(folder / "floor")
    environment = {**os.environ, "GOCACHE": str(folder / "cache"), "GO111MODULE": "off"}
    command = ["go", "build", "-o", binary, str(FLOORS / "go_json.go")]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return binary
