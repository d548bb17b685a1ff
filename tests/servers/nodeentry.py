"""`marzipan serve`, whose wall clock and whose end a test decides: a file says so, see `control`.

python -m tests.servers.nodeentry CONTROL        settings are in the environment
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from server import bootstrap, serving
from server.settings import load
from storage.base import LogEntry

from .control import Control, Dies


async def _serve(control: Control) -> None:
    settings = load()
    listening = serving.listen(settings)
    node, made = await bootstrap.start(settings, control.clock)
    serving.prepare_logs(node)
    publish = node.publish

    def die_or_publish(entries: Sequence[LogEntry]) -> None:
        control.die(Dies.BEFORE_PUBLISH)
        publish(entries)

    node.publish = die_or_publish
    print(json.dumps({"admin_key": made.admin_key}), flush=True)
    await serving.serve(node, listening)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Control(Path(sys.argv[1]))))
