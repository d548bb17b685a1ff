"""The one place that chooses the protocol of a node's connections.

Verifies are answered at once, and told by nobody but the counts, unless every request is to be
logged: at log level `debug` each of them takes the ordinary road.
"""

from collections.abc import Callable

from .node import Node
from .places import Places
from .protocol import Protocol

try:
    from .hot.protocol import over

    COMPILED = True
except ImportError:  # an installation without a compiler still serves, only slower
    COMPILED = False


def connections(node: Node, places: Places) -> tuple[type[Protocol], Callable[[], int]]:
    """The protocol, and what says how many requests it answered without the application.

    `places` are those of the application.
    """
    if not COMPILED or node.settings.log_level == "debug":
        return Protocol, _none
    protocol = over(node, places)
    return protocol, lambda: protocol.roads.answered


def _none() -> int:
    return 0
