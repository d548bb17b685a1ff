"""Server-sent events, as the HTML standard has them (section 9.2)."""

from .asgi import Headers

KIND = b"text/event-stream"
# A proxy that gathers an answer before it hands it on would hand nothing on.
HEADERS: Headers = (
    (b"content-type", KIND),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


def wanted(accept: bytes) -> bool:
    """Whether an Accept header names event streams, as every client of them says it."""
    kinds = (part.partition(b";")[0].strip().lower() for part in accept.split(b","))
    return KIND in kinds


def event(name: str, data: bytes, last_id: str) -> bytes:
    """One event. `data` has no line breaks, as JSON has none; `last_id` is where to go on."""
    return f"id: {last_id}\nevent: {name}\ndata: ".encode() + data + b"\n\n"


def beat(last_id: str) -> bytes:
    """Nothing for the application: it keeps the connection open, and moves the client's place."""
    return f"id: {last_id}\n: beat\n\n".encode()


def retry(milliseconds: int) -> bytes:
    """How long a client waits before it comes again."""
    return f"retry: {milliseconds}\n\n".encode()
