"""Several worker processes on one port: a parent that starts, replaces and ends them.

The parent holds the listening socket and never closes it, so connections that arrive while workers
are replaced wait in its queue and are lost to nobody. Each worker is this same command once more,
which finds the socket and a pipe to say that it is ready in its environment.

SIGTERM and SIGINT end all workers, each after its open requests. SIGHUP replaces them one by one:
the old one goes when its replacement is ready, and stays where that one does not come up.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

from .bootstrap import StartError

ENV = "MARZIPAN_WORKER"
READY_S = 60.0
GRACE_S = 40.0
_BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 5.0)

_log = logging.getLogger("marzipan.workers")


class WorkerFailed(StartError):
    """A worker ended before it was ready; it has said why."""


class Handed:
    """What a worker finds in its environment."""

    def __init__(
        self, ready: int, listening: socket.socket, scraped: socket.socket | None = None
    ) -> None:
        self._ready = ready
        self.listening = listening
        self.scraped = scraped  # where its metrics are asked for

    def tell_ready(self) -> None:
        """Let the parent know that this worker serves."""
        os.write(self._ready, b"1")
        os.close(self._ready)


def handed(env: Mapping[str, str]) -> Handed | None:
    """What the parent gave this process, None where it is no worker."""
    if ENV not in env:
        return None
    ready, *sockets = map(int, env[ENV].split(","))
    return Handed(ready, *(socket.socket(fileno=each) for each in sockets))


class _Worker:
    """One process, and the pipe on which it says that it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, ready: int) -> None:
        self._process = process
        self._ready = ready
        self.ended = asyncio.ensure_future(process.wait())

    @classmethod
    async def start(cls, sockets: Sequence[socket.socket]) -> "_Worker":
        ready, told = os.pipe()
        fds = (told, *(each.fileno() for each in sockets))
        try:
            process = await asyncio.create_subprocess_exec(
                # -P: whoever starts this in a folder that has a `server` of its own means ours.
                sys.executable, "-P", "-m", "server", *sys.argv[1:],
                env=os.environ | {ENV: ",".join(map(str, fds))}, pass_fds=fds,
            )  # fmt: skip
        finally:
            os.close(told)
        return cls(process, ready)

    async def until_ready(self) -> None:
        """Wait until it serves. Raises WorkerFailed where it ended, or took too long."""
        loop = asyncio.get_running_loop()
        said = asyncio.Event()
        loop.add_reader(self._ready, said.set)
        try:
            await asyncio.wait_for(said.wait(), READY_S)
            if not os.read(self._ready, 1):
                raise WorkerFailed("a worker ended before it was ready")
        except TimeoutError:
            raise WorkerFailed(f"a worker was not ready within {READY_S:.0f} seconds") from None
        finally:
            loop.remove_reader(self._ready)
            os.close(self._ready)

    async def stop(self) -> None:
        """End it after its open requests, and by force where that takes too long."""
        if not self.ended.done():
            self._process.terminate()
            await asyncio.wait((self.ended,), timeout=GRACE_S)
            if not self.ended.done():
                _log.warning("a worker did not end in time and was killed")
                self._process.kill()
        await self.ended


async def supervise(places: Sequence[Sequence[socket.socket]]) -> None:
    """Keep a worker running in each place until SIGTERM or SIGINT. Raises WorkerFailed.

    `places` are their sockets: where one listens and, if anywhere, where its metrics are asked for.
    """
    loop = asyncio.get_running_loop()
    stopping, replacing = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, replacing.set)
    workers = [await _Worker.start(sockets) for sockets in places]
    try:
        await asyncio.gather(*(each.until_ready() for each in workers))
        fallen = 0
        while not stopping.is_set():
            waits = [asyncio.ensure_future(event.wait()) for event in (stopping, replacing)]
            ends = [each.ended for each in workers]
            await asyncio.wait((*waits, *ends), return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            if replacing.is_set() and not stopping.is_set():
                replacing.clear()
                await _replace_all(places, workers, stopping)
            fallen = await _replace_fallen(places, workers, stopping, fallen)
    finally:
        await asyncio.gather(*(each.stop() for each in workers))


async def _replace_all(
    places: Sequence[Sequence[socket.socket]], workers: list[_Worker], stopping: asyncio.Event
) -> None:
    for place, old in enumerate(workers):
        if stopping.is_set():
            return
        new = await _Worker.start(places[place])
        try:
            await new.until_ready()
        except WorkerFailed as failed:
            _log.error("%s: the old ones go on; see what it said, and send SIGHUP again", failed)
            await new.stop()
            return
        workers[place] = new
        await old.stop()


async def _replace_fallen(
    places: Sequence[Sequence[socket.socket]],
    workers: list[_Worker],
    stopping: asyncio.Event,
    fallen: int,
) -> int:
    """Start a worker for each that ended; how many times in a row that was needed in vain."""
    for place, each in enumerate(workers):
        if not each.ended.done() or stopping.is_set():
            continue
        _log.error("a worker ended with status %d; another one is started", each.ended.result())
        await asyncio.sleep(_BACKOFF_S[min(fallen, len(_BACKOFF_S) - 1)])
        workers[place] = await _Worker.start(places[place])
        try:
            await workers[place].until_ready()
            fallen = 0
        except WorkerFailed:
            fallen += 1
    return fallen
