"""The command line called in this process, and a real server in a thread for it to talk to."""

import asyncio
import io
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn

from server import bootstrap, cli, housekeeping
from server.app import create_app
from server.settings import load


class Done(msgspec.Struct, frozen=True):
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)

    @property
    def said(self) -> str:
        return self.out + self.err


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `marzipan *words` in a fresh folder; stdin is `given`. Never a traceback."""
    for name in [name for name in os.environ if name.startswith("MARZIPAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def call(*words: str, given: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["marzipan", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1 if end.code else 0
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return call


class Server:
    """A server in a thread of its own, on a free port."""

    def __init__(self, folder: Path, name: str = "served", **flags: Any) -> None:
        self.settings = load({"database": f"sqlite:///{folder}/{name}.db", **flags}, {})
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.admin_key = ""
        self._uvicorn: uvicorn.Server
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(30)

    async def _serve(self) -> None:
        node, made = await bootstrap.start(self.settings)
        self.admin_key = made.admin_key or ""
        config = uvicorn.Config(
            create_app(node), lifespan="off", log_config=None, ws="none", proxy_headers=False
        )
        self._uvicorn = uvicorn.Server(config)
        self._ready.set()
        await self._uvicorn.serve(sockets=[self._listening])
        await housekeeping.stop(node)

    def stop(self) -> None:
        self._uvicorn.should_exit = True
        self._thread.join()
        self._listening.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that only need one to be there."""
    server = Server(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


@pytest.fixture
def serving(tmp_path: Path) -> Callable[..., Server]:
    """Starts a server on tmp_path/NAME.db; the test stops it."""
    return lambda name, **flags: Server(tmp_path, name, **flags)


@pytest.fixture
def online(run: Run, served: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run`, with the server and its admin key in the environment."""
    monkeypatch.setenv("MARZIPAN_SERVER", served.url)
    monkeypatch.setenv("MARZIPAN_ADMIN_KEY", served.admin_key)
    return run
