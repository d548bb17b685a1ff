"""Run a node behind uvicorn, until it is told to stop."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn

from .app import create_app
from .asgi import ASGIApp
from .bootstrap import StartError
from .connections import Answered, connections
from .housekeeping import running
from .logs import configure
from .metrics import metrics_app
from .node import Node
from .protocol import Protocol
from .settings import Settings
from .streams import Streams

TURN_S = 0.01

_log = logging.getLogger("marzipan.serving")


def prepare_logs(node: Node) -> None:
    """Send the process' logs through the redactor that knows this node's prefixes."""
    old = node.settings.talos
    starts = () if old is None else tuple(each.removesuffix("_") for each in old.prefixes.starts())
    prefixes = {prefix: None for each in node.tenants() for prefix in each.prefixes}
    configure(node.settings.log_level, (*prefixes, *starts))


class _Server(uvicorn.Server):
    """uvicorn, but after a signal it returns instead of raising the signal again.

    Raised again, SIGTERM would end the process before the last uses are written. Streams end at
    once: of themselves they would not.
    """

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.close()
        for server in self.servers:
            server.close()
        # What was accepted in this turn of the loop is a connection in the next. It has to be told
        # with all others that its next answer is its last, or it would be served until it is cut.
        await asyncio.sleep(TURN_S)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


def listen(settings: Settings) -> socket.socket:
    """The listening socket, taken before anything is made or shown. Raises StartError."""
    return _listen(settings.host, settings.port, "--host or --port")


def listen_metrics(settings: Settings) -> list[socket.socket]:
    """One for the metrics of each worker, on ports that follow one another; none where no port is
    set. Raises StartError.
    """
    first, taken = settings.metrics_port, list[socket.socket]()
    if first is None:
        return taken
    try:
        for place in range(settings.workers):
            taken.append(_listen(settings.metrics_host, first + place, "--metrics-port"))
    except StartError:
        for each in taken:
            each.close()
        raise
    return taken


def _listen(host: str, port: int, named: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
        # Connections inherit it; without it an answer in two writes waits 40 ms for an ACK.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise StartError(
            f"Nothing can listen on {host} port {port}: {error.strerror}. Stop what listens there, "
            f"or name another with {named}."
        ) from None


def uvicorn_config(app: ASGIApp, protocol: type[Protocol] = Protocol) -> uvicorn.Config:
    """How uvicorn serves the application; tests give a protocol of shorter patience."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=30,
    )


async def serve(
    node: Node,
    listening: socket.socket,
    scraped: socket.socket | None = None,
    tell_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM; open requests are finished, last uses written.

    `scraped` is where Prometheus asks. `tell_ready` is called just before the first request.
    """
    settings = node.settings
    app = create_app(node)
    protocol, at_once = connections(node, app)
    config = uvicorn_config(app, protocol)
    if settings.insecure_no_admin_auth:
        # Whatever the log level: none of them hides this.
        _log.critical(
            "ADMIN AUTHENTICATION IS OFF: whoever reaches this port is an administrator. "
            "Only a trusted proxy may stand in front of it."
        )
    try:
        async with running(node), _metrics(node, at_once, scraped):
            tell_ready()
            await _Server(config, node.streams).serve(sockets=[listening])
    finally:
        listening.close()


class _Beside(uvicorn.Server):
    """A second server in the loop of the first, which alone heeds signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _metrics(
    node: Node, at_once: Answered, scraped: socket.socket | None
) -> AsyncIterator[None]:
    """Answer whoever scrapes, within."""
    if scraped is None:
        yield
        return
    server = _Beside(uvicorn_config(metrics_app(node, at_once)))
    serving = asyncio.create_task(server.serve(sockets=[scraped]))
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        scraped.close()
