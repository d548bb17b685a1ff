"""A cluster in one process and in virtual time: real nodes, one store in memory, lines that fail.

Everything that happens follows from a seed. What is simulated are the lines and the clocks; feed,
lease, registry, records and denylists are the server's own.
"""

import asyncio
import contextlib
import enum
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from engine import Access, Keyring, MasterSecret, TokenError, TokenRevoked
from server import keys, settings
from server.keys import NewKey
from server.node import Node, written
from server.parsers import SYSTEM_TENANT
from server.problems import Problem
from server.revisions import revision_of
from server.verifying import verify
from storage.base import LogEntry
from storage.errors import StoreError, StoreUnavailable
from storage.memory import MemoryStore
from tests.faults.history import (
    ACCEPTED,
    NS,
    REFUSED,
    REVOKED,
    UNSURE,
    Credential,
    History,
    Verdict,
)

LEASE_S = 2
STATEMENT_S = 2.0  # what a statement may take on a real line
_START = 1_800_000_000


class State(enum.Enum):
    """Of the line between a node and the database."""

    UP = "up"
    REFUSED = "refused"
    HELD = "held"  # bytes wait, and may be late
    UNANSWERED = "unanswered"  # the database does as it was told, and its answer is lost


class Link:
    """A node's line to the store that all share; every call takes some time and may fail."""

    shared = True

    def __init__(self, store: MemoryStore, random_: random.Random) -> None:
        self.heal()
        self._store = store
        self._random = random_

    def heal(self) -> None:
        self.state, self.slow = State.UP, 0.0

    async def spoil(self, state: State, seconds: float) -> None:
        """Spoil the line for so long."""
        self.state = state
        await asyncio.sleep(seconds)
        self.state = State.UP

    def key_audit(self, current: int, keys: object) -> None:
        """The store keeps no keys of an audit here."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        act = getattr(self._store, name)

        async def call(*args: Any, **named: Any) -> Any:
            await self._way(lost=State.HELD)
            try:
                return await act(*args, **named)
            finally:
                await self._way(lost=State.UNANSWERED)

        return call

    async def _way(self, lost: State) -> None:
        """One direction: the request's, or the answer's."""
        await asyncio.sleep(self._random.random() * (0.004 + self.slow))
        if self.state is State.REFUSED:
            raise StoreUnavailable("refused")
        waited = 0.0
        while self.state is lost:
            await asyncio.sleep(0.05)
            waited += 0.05
            if waited >= STATEMENT_S:
                raise StoreUnavailable("it did not answer in time")


class Member:
    """One node of the simulated cluster; made anew where it dies."""

    def __init__(self, name: str, world: "World") -> None:
        self.name, self._world = name, world
        self.link = Link(world.store, world.random)
        self.step = 0.0
        self.node: Node | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """As `Node.open` and `serve` do it, on virtual time; it comes up once its line is."""
        world = self._world
        while True:
            tenants = [world.keyring.tenant(name, 0) for name in ("default", SYSTEM_TENANT)]
            node = Node(world.settings, self.link, world.keyring, tenants, self._clock)
            node.freshness.clock = asyncio.get_running_loop().time
            node.publish = lambda entries: world.tell(self, entries)
            node.feed.interval = world.interval
            try:
                await node.feed.poll()
                break
            except StoreError:
                await asyncio.sleep(0.2)
        self.node = node
        runs = (node.feed.run(), node.membership.run())
        self._tasks = [asyncio.ensure_future(run) for run in runs]

    async def die(self) -> None:
        self.node = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _clock(self) -> float:
        return _START + asyncio.get_running_loop().time() + self.step


class World:
    """Members, their store, and the history of what was said."""

    def __init__(self, seed: int, count: int = 3) -> None:
        self.random = random.Random(seed)
        self.store = MemoryStore()
        self.store.clock = lambda: _START + asyncio.get_running_loop().time()  # type: ignore[misc]
        self.keyring = Keyring(MasterSecret(1, bytes(32)))
        given = {
            "database": "postgresql://nowhere/simulated",
            "secret_file": "/nowhere/simulated.secret",
            "max_staleness": f"{LEASE_S}s",
        }
        self.settings = settings.load(given, {})
        self.interval = self.random.choice([0.05, 0.25])
        self.lossy = self.random.random()
        self.members = [Member(f"node{n}", self) for n in range(count)]
        self.history = History()
        self._going: set[asyncio.Task[None]] = set()

    def now(self) -> int:
        return int(asyncio.get_running_loop().time() * NS)

    def begin(self, act: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let something go on beside everything else."""
        task = asyncio.ensure_future(act)
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return task

    def tell(self, sender: Member, entries: Sequence[LogEntry]) -> None:
        """A stream that loses, repeats, delays and mixes up what it carries."""
        for member in self.members:
            for entry in entries:
                for _ in range(self.random.choice([1, 1, 1, 2])):
                    if member is not sender and self.random.random() > self.lossy:
                        self.begin(self._deliver(member, entry))

    async def _deliver(self, member: Member, entry: LogEntry) -> None:
        await asyncio.sleep(self.random.choice([0.001, 0.01, 0.3, 3.0]) * self.random.random())
        if member.node is not None:
            member.node.apply(entry)

    async def issue(self, member: Member) -> None:
        """A new key, where the node can."""
        if (node := member.node) is not None:
            with contextlib.suppress(StoreError, Problem):
                made = await keys.issue(node, node.tenant, NewKey(), "simulation")
                name = made.key.key_id.hex()
                self.history.holds(Credential(name, made.text, frozenset({name})))

    async def revoke(self, member: Member, name: str, wait: bool) -> None:
        """Revoke a key, and maybe wait until every node knows."""
        if (node := member.node) is None:
            return
        self.history.revoking(name, self.now())
        with contextlib.suppress(StoreError, Problem), written() as entries:
            key_id = bytes.fromhex(name)
            await keys.revoke(node, node.tenant, key_id, 1, "", "simulation")
            everywhere = False
            if wait:
                settled = await node.membership.settled(revision_of(entries))
                everywhere = not settled.waiting
            self.history.revoked(name, self.now(), everywhere=everywhere)

    async def ask(self, member: Member, credential: Credential) -> str:
        """What one node says of a credential at this moment."""
        if (node := member.node) is None:
            return UNSURE
        began = self.now()
        try:
            await verify(node, node.tenant, credential.text, Access(now=node.now()))
            word = ACCEPTED
        except TokenRevoked:
            word = REVOKED
        except TokenError:
            word = REFUSED
        except (StoreError, Problem):
            word = UNSURE
        self.history.saw(Verdict(member.name, credential.name, began, self.now(), word))
        return word
