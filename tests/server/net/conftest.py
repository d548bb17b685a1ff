"""An application behind real sockets, in a thread of its own; its patience is short."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn

from server.asgi import SECURITY_HEADERS, Request, Response, json_response
from server.dispatch import Dispatch
from server.openapi.operation import Operation
from server.protocol import Protocol
from server.routes import Route, Routes
from server.serving import uvicorn_config

WAIT_S = 20.0
ANY = Operation(id="any", summary="", answers={200: None})


class Answer(msgspec.Struct, frozen=True):
    """One response as it came; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def problem(self) -> dict[str, Any]:
        """The error of the envelope, which has all that a refusal must have."""
        error = self.json["error"]
        assert error["code"] == self.status and error["message"] and error["status"]
        assert self.headers["content-type"] == "application/json"
        assert self.headers["x-request-id"]
        for name, value in SECURITY_HEADERS:
            assert self.headers[name.decode()] == value.decode()
        return {**error, "reason": error["details"][0]["reason"]}


class Wire:
    """A client's end of a connection; every wait is bounded."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        self._pending = b""

    def send(self, *parts: bytes) -> "Wire":
        for part in parts:
            try:
                self._socket.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break  # refused before all was sent; the answer is there to be read
        return self

    def send_whole(self, part: bytes) -> None:
        """Send all of it; a server that tears the connection down meanwhile fails the test."""
        self._socket.sendall(part)

    def flood(self, part: bytes, seconds: float) -> None:
        """Send without ever reading, until the server ends the connection, which raises."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self._socket.sendall(part)
            time.sleep(0.001)

    def _until(self, enough: Callable[[bytes], bool]) -> bytes:
        while not enough(self._pending):
            more = self._socket.recv(65536)
            assert more, f"closed after {self._pending!r}"
            self._pending += more
        return self._pending

    def answer(self) -> Answer:
        """The next response; 100 Continue is none."""
        head, _, rest = self._until(lambda text: b"\r\n\r\n" in text).partition(b"\r\n\r\n")
        self._pending = rest
        line, *lines = head.decode("latin-1").split("\r\n")
        if " 100 " in line:
            return self.answer()
        pairs = [each.split(": ", 1) for each in lines]
        headers = {name.lower(): value for name, value in pairs}
        assert len(headers) == len(lines)
        size = int(headers.get("content-length", "0"))
        body = self._until(lambda text: len(text) >= size)[:size]
        self._pending = self._pending[size:]
        return Answer(int(line.split()[1]), headers, body)

    def closed(self) -> bool:
        """Whether the server ends the connection, with nothing more said."""
        try:
            return self._pending + self._socket.recv(65536) == b""
        except ConnectionResetError:
            return True

    def closed_after(self) -> float:
        """Seconds until the server ends the connection."""
        began = time.monotonic()
        assert self.closed()
        return time.monotonic() - began

    def quiet(self, seconds: float) -> bool:
        """Whether nothing comes and the connection stays open for so long."""
        self._socket.settimeout(seconds)
        try:
            self._pending += self._socket.recv(65536)
            return False
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(WAIT_S)

    def close(self) -> None:
        self._socket.close()


class Patient(Protocol):
    """Times that no test reaches by accident, and none has to wait for."""

    head_s = 0.6
    idle_s = 1.2
    unread_s = 0.6
    write_s = 0.6
    linger_s = 0.3


class Served:
    """uvicorn as the server configures it, in a thread; `seen` is what handlers were given."""

    def __init__(self, protocol: type[Protocol]) -> None:
        self.seen: list[Request] = []
        routes = [
            Route("POST", "/echo", self._echo, ANY),
            Route("GET", "/echo", self._echo, ANY),
            Route("POST", "/slow", self._slow, ANY),
            Route("*", "/unread", self._echo, ANY, body_limit=None),
        ]
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        config = uvicorn_config(Dispatch(Routes(routes), body_limit=100_000), protocol)
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        deadline = time.monotonic() + WAIT_S
        while not self._uvicorn.started and time.monotonic() < deadline:
            time.sleep(0.01)

    def _run(self) -> None:
        asyncio.run(self._uvicorn.serve(sockets=[self._listening]))

    async def _echo(self, request: Request) -> Response:
        self.seen.append(request)
        names = sorted(name.decode() for name in request.headers)
        return json_response(200, {"body": request.body.decode("latin-1"), "headers": names})

    async def _slow(self, request: Request) -> Response:
        await asyncio.sleep(0.3)
        return await self._echo(request)

    def connections(self) -> int:
        return len(self._uvicorn.server_state.connections)

    def stop(self) -> None:
        self._uvicorn.should_exit = True
        self._thread.join(WAIT_S)
        self._listening.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[Served]:
    served = Served(Patient)
    yield served
    served.stop()


@pytest.fixture
def served(shared: Served) -> Served:
    shared.seen.clear()
    return shared


@pytest.fixture
def connect(served: Served) -> Iterator[Callable[[], Wire]]:
    opened: list[Wire] = []

    def open_() -> Wire:
        opened.append(Wire(served.port))
        return opened[-1]

    yield open_
    for wire in opened:
        wire.close()


class Started:
    """`marzipan serve` as an operator starts it, in a process of its own; `log` is its stderr."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._log = folder / "log"
        env = {name: each for name, each in os.environ.items() if not name.startswith("MARZIPAN_")}
        env |= {f"MARZIPAN_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "server", "serve", "--json", "--port", "0"]
        command += ["--database", f"sqlite:///{folder}/marzipan.db"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        self.port = int(told["url"].rpartition(":")[2])
        self.url: str = told["url"]
        self.admin_key: str = told["admin_key"]
        # Each call has a connection of its own. A client for each would take longer than the call.
        alone = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(base_url=self.url, timeout=WAIT_S, limits=alone)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = "", **headers: str
    ) -> httpx.Response:
        """`key` "" is the admin key; `content_type` and the like become headers."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            given["authorization"] = f"Bearer {key or self.admin_key}"
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self._client.request(method, path, content=content, headers=given)

    def stop(self) -> None:
        self._client.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            assert self._process.wait(WAIT_S) == 0
        finally:
            self._process.kill()
            assert self._process.stdout is not None
            self._process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Starts a server on tmp_path, with settings by name; it is stopped after the test."""
    started: list[Started] = []

    def start_(**settings: str) -> Started:
        started.append(Started(tmp_path, **settings))
        return started[-1]

    yield start_
    for each in started:
        each.stop()
