"""Requests that go on while things fail: every node is asked of every credential all the time."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from tests.faults.acts import Acts, Ledger
from tests.faults.history import (
    ACCEPTED,
    BROKEN,
    LOST,
    REFUSED,
    REVOKED,
    UNSURE,
    Credential,
    History,
    Verdict,
)
from tests.servers.cluster import Answer, Cluster, Line, Node

READERS = 2  # of a node, so that one that waits for the database does not blind us
PER_READER_S = 60
_RECENT = 12


def word(answer: Answer) -> str:
    """What a gateway makes of an answer of /v1/verify."""
    if answer.status in (401, 403):
        code = answer.json.get("error_code")
        return REVOKED if code == "VERIFICATION_ERROR_REVOKED" else REFUSED
    return {200: ACCEPTED, 0: LOST, 429: UNSURE, 503: UNSURE}.get(answer.status, BROKEN)


def ask(node: Node, credential: Credential, query: str = "") -> Verdict:
    """What one node says, asked on a line of its own."""
    with Line(node.port) as line:
        answer = line.call("POST", f"/v1/verify{query}", None, credential.text)
        return Verdict(node.name, credential.name, answer.began, answer.ended, word(answer))


class Traffic:
    """Verifications on every node, and writes, until `stop`."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self.seed = seed
        self.history = History()
        self.ledger = Ledger()
        self._cluster = cluster
        self._ends = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failed: list[BaseException] = []

    def acts(self, node: int = 0) -> Acts:
        """A client that writes over one node."""
        port = self._cluster.nodes[node].port
        return Acts(port, self._cluster.admin_key, self.history, self.ledger)

    def populate(self, count: int = 6) -> None:
        """Credentials of every kind, `count` families of them."""
        acts = self.acts()
        for _ in range(count):
            family(acts)
        acts.close()
        assert all(act.done for act in self.ledger.acts), self.ledger.acts

    def all(self, kind: str) -> list[Credential]:
        """The credentials whose names begin so, the oldest first."""
        held = list(self.history.credentials.values())
        return [each for each in held if each.name.startswith(kind)]

    def until(self, node: Node, credential: Credential, said: str, seconds: float = 30) -> None:
        """Ask one node until it says so; fails where it never does."""
        ends = time.monotonic() + seconds
        while (told := ask(node, credential).word) != said:
            assert time.monotonic() < ends, f"{node.name} says {told} of {credential.name}"
            time.sleep(0.02)

    def read(self) -> None:
        """Begin to ask every node."""
        for number, node in enumerate(self._cluster.nodes):
            for reader in range(READERS):
                random_ = random.Random(f"{self.seed} {number} {reader}")
                self._spawn(
                    lambda name=node.name, port=node.port, r=random_: self._ask(name, port, r)
                )

    def write(self, *nodes: int, pause_s: float = 0.02) -> None:
        """Begin to issue and to revoke over these nodes, of all unless named."""
        for number in nodes or range(len(self._cluster.nodes)):
            random_ = random.Random(f"{self.seed} writer {number}")
            self._spawn(partial(self._change, number, random_, pause_s))

    def stop(self) -> None:
        """End all of it; raises what a thread of it raised."""
        self._ends.set()
        for thread in self._threads:
            thread.join(90)
            assert not thread.is_alive(), "a request never returned"
        self._threads.clear()
        self._ends.clear()
        if self._failed:
            raise self._failed[0]

    @contextlib.contextmanager
    def going(self, *writers: int) -> Iterator[None]:
        """Read, and write over these nodes, meanwhile."""
        self.read()
        if writers:
            self.write(*writers)
        try:
            yield
        finally:
            self.stop()

    def _spawn(self, act: Callable[[], None]) -> None:
        def run() -> None:
            try:
                act()
            except BaseException as error:
                self._failed.append(error)

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def _ask(self, name: str, port: int, random_: random.Random) -> None:
        line = Line(port)
        while not self._ends.is_set():
            credential = self._choose(random_)
            if credential is None:
                self._ends.wait(0.01)
                continue
            answer = line.call("POST", "/v1/verify", None, credential.text)
            said = Verdict(name, credential.name, answer.began, answer.ended, word(answer))
            self.history.saw(said)
            self._ends.wait(1 / PER_READER_S)
        line.close()

    def _choose(self, random_: random.Random) -> Credential | None:
        """Half of the time one of what was revoked lately, for there it matters most."""
        held, revoked = self.history.lately(_RECENT)
        among = revoked if revoked and random_.random() < 0.5 else held
        return random_.choice(among) if among else None

    def _change(self, number: int, random_: random.Random, pause_s: float) -> None:
        acts = self.acts(number)
        mine: list[str] = []
        while not self._ends.is_set():
            if mine and random_.random() < 0.6:
                link = mine.pop(random_.randrange(len(mine)))
                done = acts.revoke(link, wait=random_.random() < 0.3)
                if done is None:
                    mine.append(link)  # tried again, until it is said to be done
                elif done.revision:
                    node = random_.choice(self._cluster.nodes)
                    self._require_dead(node, self.history.holder(link), done.revision)
            else:
                mine += family(acts)
            self._ends.wait(pause_s)
        acts.close()

    def _require_dead(self, node: Node, credential: Credential, revision: str) -> None:
        """Whoever names the revision is never told that it lives, at whatever node."""
        verdict = ask(node, credential, f"?min_revision={revision}")
        assert verdict.word in (REVOKED, UNSURE, LOST), (verdict, revision)


def family(acts: Acts) -> list[str]:
    """A key, a grant of it, a JWT, and narrowed ones below; or an imported key. All their links."""
    bare = acts.issue()
    other = acts.bring()
    made = [bare, other]
    if bare is not None:
        made += [acts.narrow(bare), acts.derive(bare, jwt=True)]
        if (grant := acts.derive(bare)) is not None:
            made += [grant, acts.narrow(grant)]
    return sorted({link for each in made if each is not None for link in each.links})
