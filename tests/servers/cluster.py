"""Nodes over one database server and one Valkey, each behind lines of its own to both."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .control import Control
from .postgres import free_port
from .tcpproxy import TcpProxy

START_S = 60.0
# What a call may take before it counts as lost; see reference in docs/cluster.md.
CALL_S = 30.0


class Answer(NamedTuple):
    """`status` 0: no answer came. Times are in nanoseconds of this host's monotonic clock."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    began: int
    ended: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """One connection to a node, made again where it was lost. For one thread."""

    def __init__(self, port: int, timeout: float = CALL_S) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> Answer:
        """What the node answers; nothing is sent twice."""
        sent = None if body is None else json.dumps(body)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        began = time.monotonic_ns()
        try:
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Answer(0, str(error).encode(), {}, began, time.monotonic_ns())
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, read, told, began, time.monotonic_ns())

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


class Node:
    """One node: a process, and its lines to the database servers and to Valkey."""

    def __init__(
        self,
        name: str,
        folder: Path,
        database: str,
        databases: Sequence[int],
        redis: int | None,
        **settings: str,
    ) -> None:
        self.name = name
        self.port = free_port()
        self.databases = [TcpProxy(port) for port in databases]
        self.redis = None if redis is None else TcpProxy(redis)
        self.control = Control(folder / f"{name}.control")
        self.admin_key = ""
        self._log = folder / f"{name}.log"
        self._database = database
        self._settings = settings
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> TcpProxy:
        """The line to the only database server."""
        (line,) = self.databases
        return line

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    def start(self, *, wait: bool = True) -> None:
        """Start the process; with `wait`, until it says that it is ready."""
        env = {name: each for name, each in os.environ.items() if not name.startswith("MARZIPAN_")}
        hosts = ",".join(f"127.0.0.1:{line.port}" for line in self.databases)
        settings = {
            "database": f"postgresql://postgres@{hosts}/{self._database}",
            "secret_file": str(self._folder / "cluster.secret"),
            "port": str(self.port),
            "log_level": "warning",
            **({} if self.redis is None else {"redis": f"redis://127.0.0.1:{self.redis.port}/0"}),
            **self._settings,
        }
        env |= {f"MARZIPAN_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "tests.servers.nodeentry", str(self.control.path)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log)
        if not wait:
            return
        assert self._process.stdout is not None
        told = self._process.stdout.readline()
        if not told:
            raise RuntimeError(f"node {self.name} does not start:\n{self.log}")
        self.admin_key = json.loads(told)["admin_key"] or ""
        self.wait_ready()

    def wait_ready(self, seconds: float = START_S) -> None:
        """Wait until the node says that it is ready."""
        until = time.monotonic() + seconds
        while self.ready() != 200:
            if time.monotonic() > until or not self.alive:
                raise RuntimeError(f"node {self.name} is not ready:\n{self.log[-4000:]}")
            time.sleep(0.02)

    def ready(self) -> int:
        """What the node says of itself; 0 where it says nothing."""
        with Line(self.port, 5.0) as line:
            return line.call("GET", "/health/ready").status

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As a crash does it."""
        if self._process is not None:
            self._process.kill()
            self.join()

    def join(self, seconds: float = 20.0) -> None:
        """Wait for the process to end, whoever ends it."""
        assert self._process is not None
        self._process.wait(seconds)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def heal(self) -> None:
        """Mend all lines, and set the clock right."""
        for line in self._lines():
            line.delay = 0.0
            line.heal()
        self.control.set()

    def stop(self) -> None:
        self.kill()
        for line in self._lines():
            line.stop()

    def _lines(self) -> Sequence[TcpProxy]:
        return [*self.databases, *([] if self.redis is None else [self.redis])]


class Cluster:
    """Nodes that share the database `name`, a Valkey and a secret file.

    `databases` and `redis` are ports of loopback. The first node makes what all need.
    """

    def __init__(
        self,
        folder: Path,
        count: int,
        databases: Sequence[int],
        redis: int | None = None,
        *,
        name: str = "cluster",
        **settings: str,
    ) -> None:
        self.secret_file = folder / "cluster.secret"
        self.nodes = [
            Node(f"node{n}", folder, name, databases, redis, **settings) for n in range(count)
        ]
        first, *others = self.nodes
        try:
            first.start()
            self.admin_key = first.admin_key
            for node in others:
                node.start(wait=False)
            for node in others:
                node.wait_ready()
        except BaseException:
            self.stop()
            raise

    def heal(self) -> None:
        """Mend all lines, set all clocks right, and start whoever is dead."""
        for node in self.nodes:
            node.heal()
            if not node.alive:
                node.start()
            node.thaw()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
