"""The one place that chooses the protocol of a node's connections.

What memory knows is answered at once. The yes that can be said again is told by nobody but the
counts, unless every request is to be logged: at log level `debug` each takes the ordinary road.
"""

from collections.abc import Callable, Mapping

from .dispatch import Dispatch
from .node import Node
from .protocol import Protocol

try:
    from .hot.protocol import over

    COMPILED = True
except ImportError:  # an installation without a compiler still serves, only slower
    COMPILED = False

# How many requests were answered, by method, route and status.
Answered = Callable[[], Mapping[tuple[str, str, int], int]]


def connections(node: Node, app: Dispatch) -> tuple[type[Protocol], Answered]:
    """The protocol of connections to an application, and what tells of its answers those that the
    node's counts know nothing of.
    """
    if not COMPILED or node.settings.log_level == "debug":
        return Protocol, dict
    protocol = over(node, app)
    return protocol, lambda: {tally.of: tally.count for tally in protocol.roads.tallies()}
