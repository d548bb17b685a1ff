"""Where a request came from, as far as this node may believe it."""

from .asgi import Request
from .node import Node


def client_ip(node: Node, request: Request) -> str | None:
    """The client's address, or None where it cannot be known (which denies)."""
    return node.proxies.client(request.peer, request.headers.get(b"x-forwarded-for"))


def via_proxy(node: Node, request: Request) -> bool:
    """Whether the connection is a trusted proxy's, whose other headers count too."""
    return request.peer is not None and node.proxies.trusts(request.peer)
