"""uvicorn with uvloop and httptools, and a plain ASGI app that answers a constant.

python -m bench.wire.floors.uvicorn_raw PORT
"""

import sys
from typing import Any

import uvicorn

from bench.wire.floors.answer import BODY

HEADERS = [(b"content-length", b"%d" % len(BODY)), (b"content-type", b"application/json")]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off",
        log_level="error", access_log=False,
    )  # fmt: skip
