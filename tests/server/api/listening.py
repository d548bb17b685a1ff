"""A client that keeps an answer open, at its own pace, without a socket."""

import asyncio
from typing import Any

from server.app import create_app

PATIENCE_S = 15


class Listening:
    """One GET of the revocation log whose answer goes on; `text` is what came so far."""

    def __init__(self, api: Any, query: str = "", **headers: str) -> None:
        given = {"authorization": f"Bearer {api.admin}", "accept": "text/event-stream"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/revocations",
            "raw_path": b"/v1/revocations",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 5),
        }
        self._app = create_app(api.node)
        self._left = asyncio.Event()
        self._asked = False
        self.reads = asyncio.Event()
        self.reads.set()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.pieces = 0
        self.ended = False

    async def __aenter__(self) -> "Listening":
        self._task = asyncio.ensure_future(self._app(self._scope, self._receive, self._send))
        await self.until(lambda: self.status)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()
        self.reads.set()
        await asyncio.wait_for(self._task, PATIENCE_S)

    def leave(self) -> None:
        """Close the connection, as a client does without a word."""
        self._left.set()

    async def until(self, true: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.002)

    async def end(self) -> None:
        """Wait until the server has ended it."""
        await self.until(lambda: self.ended)

    def events(self) -> list[dict[str, str]]:
        """What has come, as a client of server-sent events reads it."""
        found = []
        for block in self.text.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":")
            if "data" in fields:
                found.append(fields)
        return found

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.start":
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.status = message["status"]
            return
        self.pieces += bool(message.get("body"))
        self.text += message.get("body", b"").decode()
        self.ended = not message.get("more_body", False)
