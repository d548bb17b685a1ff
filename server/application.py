"""The server as an ASGI application, for whoever runs it on an ASGI server of their own.

    hypercorn server.application:app
    granian --interface asgi server.application:app

Settings come from the environment, and `marzipan init` comes first. Each process is a node, so that
several need a database server. What `marzipan serve` has and this has not: limits of time and size
on connections and heads, answers without a task, and the port for metrics.
"""

import contextlib

from .app import create_app
from .asgi import ASGIApp, Receive, Scope, Send
from .bootstrap import StartError, start
from .housekeeping import running
from .serving import prepare_logs
from .settings import load


class Application:
    """Opens a node when its server starts, by the lifespan protocol, and closes it at the end."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if self._app is None:
            raise StartError("There is no node: start this application with lifespan events on.")
        await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            try:
                # Nobody is there who could be shown an admin key that is made now.
                node, _ = await start(load(), anew=False)
                prepare_logs(node)
                await stack.enter_async_context(running(node))
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            self._app = create_app(node)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self._app = None
        await send({"type": "lifespan.shutdown.complete"})


app = Application()
