"""What was revoked when, and who was let in when: recorded as it happens, judged afterwards.

All times are nanoseconds of one host's monotonic clock. A link is what can be revoked: a key, a
grant, a block. A credential rests on its links, and is dead once one of them is.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

NS = 1_000_000_000
NEVER = 1 << 63


class Credential(NamedTuple):
    """A text that opens something, `links` what it rests on."""

    name: str
    text: str
    links: frozenset[str]


class Verdict(NamedTuple):
    """What one node said of one credential to a request that began and ended at these times."""

    node: str
    credential: str
    began: int
    ended: int
    word: str


ACCEPTED = "accepted"
REVOKED = "revoked"
REFUSED = "refused"  # for another reason: its time, its terms
UNSURE = "unsure"  # the node is not fresh, or needs a database that does not answer
LOST = "lost"  # no answer came
BROKEN = "broken"  # an answer that no node may ever give


class Revocation(NamedTuple):
    """A call that revokes a link; `ended` None where its outcome is unknown or still to come."""

    link: str
    began: int
    ended: int | None
    everywhere: bool = False  # the answer said that every node has applied it


# The seconds after a revocation returned in which a verdict may still be that it lives.
Bound = Callable[[Verdict, Revocation], float]


class History:
    """Written by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.credentials: dict[str, Credential] = {}
        self.verdicts: list[Verdict] = []
        self._revocations: dict[str, Revocation] = {}

    def holds(self, credential: Credential) -> Credential:
        """Remember on what a credential rests."""
        with self._lock:
            self.credentials[credential.name] = credential
        return credential

    def holder(self, link: str) -> Credential:
        """The credential that ends with this link: the one that rests on no further one."""
        with self._lock:
            held = [each for each in self.credentials.values() if link in each.links]
        return min(held, key=lambda each: len(each.links))

    def revoking(self, link: str, began: int) -> None:
        """A call to revoke this is about to be made: from now on it may be dead."""
        with self._lock:
            old = self._revocations.get(link)
            self._revocations[link] = old or Revocation(link, began, None)

    def revoked(self, link: str, ended: int, *, everywhere: bool = False) -> None:
        """The call was answered: from now on it has to be dead."""
        with self._lock:
            known = self._revocations[link]
            if known.ended is None:
                self._revocations[link] = known._replace(ended=ended, everywhere=everywhere)

    def saw(self, verdict: Verdict) -> None:
        with self._lock:
            self.verdicts.append(verdict)

    def lately(self, count: int) -> tuple[Sequence[Credential], Sequence[Credential]]:
        """All credentials; and up to `count` of those that rest on a link revoked last."""
        with self._lock:
            links = set(list(self._revocations)[-count:])
            held = list(self.credentials.values())
        return held, [each for each in held if each.links & links][-count:]

    def revocations(self) -> Mapping[str, Revocation]:
        with self._lock:
            return dict(self._revocations)

    def acknowledged(self) -> Sequence[str]:
        """The links whose revocation was answered."""
        return [each.link for each in self.revocations().values() if each.ended is not None]


class Late(NamedTuple):
    """A verdict that came too late by a revocation's bound, in seconds after it returned."""

    verdict: Verdict
    revocation: Revocation
    after_s: float


def worst_acceptance(history: History) -> float:
    """Seconds from a revocation's return to the beginning of the last request it did not stop."""
    return max((late.after_s for late in _accepted_after(history)), default=0.0)


def accepted_too_late(history: History, bound: Bound) -> list[Late]:
    """I1: those let in by requests that began later than the bound after a revocation returned."""
    return [
        late
        for late in _accepted_after(history)
        if late.after_s > bound(late.verdict, late.revocation)
    ]


def _accepted_after(history: History) -> Iterable[Late]:
    revocations = history.revocations()
    for verdict in history.verdicts:
        if verdict.word != ACCEPTED:
            continue
        for link in history.credentials[verdict.credential].links:
            known = revocations.get(link)
            if known and known.ended is not None and verdict.began > known.ended:
                yield Late(verdict, known, (verdict.began - known.ended) / NS)


def refused_too_soon(history: History) -> list[Verdict]:
    """Those said to be revoked of whose links none had begun to be."""
    revocations = history.revocations()
    found = []
    for verdict in history.verdicts:
        if verdict.word == REVOKED:
            links = history.credentials[verdict.credential].links
            begun = [revocations[link].began for link in links if link in revocations]
            if not begun or min(begun) > verdict.ended:
                found.append(verdict)
    return found


def taken_back(history: History) -> list[Verdict]:
    """Those let in by a node that had refused them as revoked before: dead is dead."""
    refused: dict[tuple[str, str], int] = {}
    for verdict in history.verdicts:
        if verdict.word == REVOKED:
            place = verdict.node, verdict.credential
            refused[place] = min(verdict.ended, refused.get(place, verdict.ended))
    return [
        verdict
        for verdict in history.verdicts
        if verdict.word == ACCEPTED
        and verdict.began > refused.get((verdict.node, verdict.credential), verdict.began)
    ]


def slower_than(history: History, seconds: float) -> list[Verdict]:
    """I5: requests that were answered later than that, or never."""
    return [each for each in history.verdicts if each.ended - each.began > seconds * NS]


def words(history: History, node: str, *, since: int = 0, until: int = NEVER) -> Counter[str]:
    """How often a node said what, to requests that began and ended between these times."""
    return Counter(
        each.word
        for each in history.verdicts
        if each.node == node and since <= each.began and each.ended <= until
    )
