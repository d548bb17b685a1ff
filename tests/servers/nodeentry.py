"""`marzipan serve`, whose wall clock and whose end a test decides: a file says so, see `control`.

python -m tests.servers.nodeentry CONTROL        settings are in the environment
"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop

from server import bootstrap, serving
from server.node import Node
from server.settings import load
from storage.base import LogEntry

from .control import Control, Dies


def _dying(control: Control) -> type[Node]:
    """A node that may die when it is about to tell others of what it committed."""

    class Dying(Node):
        @property  # type: ignore[override]
        def publish(self) -> Callable[[Sequence[LogEntry]], None]:
            control.die(Dies.BEFORE_PUBLISH)
            told: Callable[[Sequence[LogEntry]], None] = self.__dict__["publish"]
            return told

        @publish.setter
        def publish(self, told: Callable[[Sequence[LogEntry]], None]) -> None:
            self.__dict__["publish"] = told

    return Dying


async def _serve(control: Control) -> None:
    settings = load()
    listening = serving.listen(settings)
    node, made = await bootstrap.start(settings, control.clock)
    serving.prepare_logs(node)
    node.__class__ = _dying(control)
    print(json.dumps({"admin_key": made.admin_key}), flush=True)
    await serving.serve(node, listening)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Control(Path(sys.argv[1]))))
