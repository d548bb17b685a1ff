"""How long after a revocation the last of N nodes still accepts, over a Postgres of its own.

    python -m bench.propagation [--nodes 3] [--revocations 500] [--redis]

Starts the database and the nodes on loopback, each a process; with `--redis` a Valkey too, which
all nodes have as their stream before the first revocation. For every revocation all nodes have
the key in memory; one of them, in turn, is told to revoke it, and all are asked again and again
whether they still take it. What is told is the time from the answer to the revocation to the first
refusal of the last node (from the request in brackets), and what the answer itself took. A node is
asked again a millisecond after it answered, which is about what the figures are exact to.
"""

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.stats import percentile
from server import bootstrap, settings
from storage import migrate_up
from tests.servers.nodes import ISSUED, VERIFY, NodeProcess
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey

PAUSE_S = 0.001


class Seen(NamedTuple):
    """One revocation, in seconds: what its answer took, and when the last node refused."""

    answered: float
    refused: float


class Line:
    """A kept connection to one node, without a client library's own time."""

    def __init__(self, url: str, admin: str) -> None:
        self._host, _, port = url.removeprefix("http://").rpartition(":")
        self._port = int(port)
        self._admin = admin

    async def open(self) -> "Line":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def post(self, path: str, body: object) -> bytes:
        """The body of the answer; one that is no success ends the run."""
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: mz\r\ncontent-type: application/json\r\n"
        head += f"authorization: Bearer {self._admin}\r\ncontent-length: {len(data)}\r\n\r\n"
        self._writer.write(head.encode() + data)
        told = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(told.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        answer = await self._reader.readexactly(size)
        if not told.startswith("http/1.1 20"):
            raise SystemExit(f"{path}: {told.splitlines()[0]} {answer.decode()}")
        return answer

    async def accepts(self, credential: str) -> bool:
        return b'"is_valid":true' in await self.post(VERIFY, {"credential": credential})


async def _refused_at(line: Line, credential: str) -> float:
    while await line.accepts(credential):
        await asyncio.sleep(PAUSE_S)
    return time.perf_counter()


async def _one(lines: Sequence[Line], control: Line, key_id: str, credential: str) -> Seen:
    for line in lines:
        if not await line.accepts(credential):
            raise SystemExit("a key that nobody revoked is refused")
    asking = [asyncio.ensure_future(_refused_at(line, credential)) for line in lines]
    sent = time.perf_counter()
    reason = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    await control.post(f"{ISSUED}/{key_id}:revoke", reason)
    answered = time.perf_counter()
    return Seen(answered - sent, max(await asyncio.gather(*asking)) - sent)


async def measure(nodes: Sequence[NodeProcess], admin: str, count: int) -> list[Seen]:
    """Revoke `count` keys one after another, at each node in turn."""
    lines = [await Line(node.url, admin).open() for node in nodes]
    controls = [await Line(node.url, admin).open() for node in nodes]
    for control in controls:
        await control.accepts("-")  # a connection that says nothing for 5 s is closed
    seen = []
    for number in range(count):
        key_id, credential = nodes[0].issue()
        seen.append(await _one(lines, controls[number % len(nodes)], key_id, credential))
    return seen


def tell(seen: Sequence[Seen], nodes: int) -> None:
    """Print the figures."""

    def line(what: str, seconds: Sequence[float]) -> None:
        parts = [percentile(seconds, part) * 1000 for part in (50, 99, 100)]
        told = "p50 {:7.1f}   p99 {:7.1f}   max {:7.1f}".format(*parts)
        print(f"{what:44} {told}   ms")

    print(f"{len(seen)} revocations over {nodes} nodes")
    line("revoke, its answer", [each.answered for each in seen])
    line("answer -> first refusal of the last node", [max(0, s.refused - s.answered) for s in seen])
    line("(request -> first refusal of the last node)", [each.refused for each in seen])


def _modes(node: NodeProcess) -> set[str]:
    return {each["mode"] for each in node.call("GET", "/v1/cluster").json()["nodes"]}


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--nodes", type=int, default=3)
    asked.add_argument("--revocations", type=int, default=500)
    asked.add_argument("--redis", action="store_true", help="with a Valkey between the nodes")
    given = asked.parse_args()
    folder, server = Path(tempfile.mkdtemp()), Postgres()
    valkey = Valkey() if given.redis else None
    wire = {} if valkey is None else {"redis": valkey.url}
    nodes: list[NodeProcess] = []
    try:
        server.sql("CREATE DATABASE bench")
        url = server.url("bench")
        asyncio.run(migrate_up(url))
        flags = {"database": url, "secret_file": str(folder / "secret")}
        admin = asyncio.run(bootstrap.initialise(settings.load(flags, {}))).admin_key
        if admin is None:
            raise SystemExit("no admin key was made")
        for number in range(given.nodes):
            nodes.append(NodeProcess(folder, number, url, admin, **wire))
            nodes[-1].wait(nodes[-1].ready)
        if wire:
            nodes[0].wait(lambda: _modes(nodes[0]) == {"stream"})
        tell(asyncio.run(measure(nodes, admin, given.revocations)), given.nodes)
    finally:
        for node in nodes:
            node.stop()
        if valkey is not None:
            valkey.stop()
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
