"""Knows what every answer should be, from what one client did and saw, in the order it saw it.

* A credential that is good must be accepted until somebody begins to revoke it, or a link above it.
* From the answer to that revocation on, plus the bound, it must be refused, and told as revoked.
* In between either answer is right: the two requests were under way at once.
* An access that the credential does not allow must be refused, whatever became of it.
* No answer is a 5xx, and every request has one.

Credentials are numbers here, so that a history may be written down and shown: it holds no secret.
`replay` judges one that was recorded. Times are seconds of one monotonic clock: `sent` from before
a request was written, `answered` and `revoked` from after an answer was read, so that a client that
was slow to look can only make the checker milder.
"""

from collections.abc import Iterable

import msgspec

REVOKED = "VERIFICATION_ERROR_REVOKED"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """Something that a client did or saw; `credential` is the number of the one it is about."""

    credential: int


class Made(Event, frozen=True, kw_only=True, tag="made"):
    """A credential came to be, below `parent` where that is not 0."""

    parent: int = 0


class Revoking(Event, frozen=True, kw_only=True, tag="revoking"):
    """A request to revoke it is about to be sent."""

    at: float


class Revoked(Event, frozen=True, kw_only=True, tag="revoked"):
    """That request was answered with success."""

    at: float


class Kept(Event, frozen=True, kw_only=True, tag="kept"):
    """That request was refused, so that the credential lives on."""


class Asked(Event, frozen=True, kw_only=True, tag="asked"):
    """A verify was answered. `fits`: the credential allows this access.

    `accepted` is None where the answer was no verdict; `status` 0 where there was no answer.
    """

    sent: float
    answered: float
    fits: bool
    status: int
    accepted: bool | None = None
    code: str = ""


AnyEvent = Made | Revoking | Revoked | Kept | Asked


class Life(msgspec.Struct):
    """What is known of a credential: when its revocation was begun, and when it was answered."""

    parent: int = 0
    begun: float | None = None
    done: float | None = None


class Checker:
    """Judges events as they come. `bound` is how many seconds a revocation may take to be known."""

    def __init__(self, bound: float) -> None:
        self._bound = bound
        self._lives: dict[int, Life] = {}

    def see(self, event: AnyEvent) -> str:
        """What was wrong, or "". Raises KeyError for a credential that was never made."""
        if isinstance(event, Made):
            self._lives[event.credential] = Life(event.parent)
            return ""
        life = self._lives[event.credential]
        if isinstance(event, Asked):
            return self._judge(event)
        if isinstance(event, Revoking):
            life.begun = event.at if life.begun is None else min(life.begun, event.at)
        elif isinstance(event, Revoked):
            life.done = event.at if life.done is None else min(life.done, event.at)
        elif life.done is None:
            life.begun = None
        return ""

    def forget(self, credential: int) -> None:
        """It will not be asked about again, nor will what is below it."""
        self._lives.pop(credential, None)

    def _judge(self, asked: Asked) -> str:
        if asked.status == 0:
            return "there was no answer"
        if asked.status >= 500:
            return f"the server failed with {asked.status}"
        if asked.accepted is None:
            return f"the answer was no verdict, with {asked.status}"
        dead, maybe = self._standing(asked)
        if asked.accepted:
            if dead:
                return "a revoked credential was accepted after the bound"
            return "" if asked.fits else "an access was allowed that the credential forbids"
        if dead and asked.code != REVOKED:
            return f"a revoked credential was refused with {asked.code} instead"
        if asked.code == REVOKED and not (dead or maybe):
            return "a credential that nobody revoked was refused as revoked"
        if asked.fits and asked.code != REVOKED:
            return f"a good credential was refused with {asked.code}"
        return ""

    def _standing(self, asked: Asked) -> tuple[bool, bool]:
        """Whether it must be dead, and whether it may be."""
        dead = maybe = False
        number = asked.credential
        while number:
            life = self._lives[number]
            dead |= life.done is not None and asked.sent > life.done + self._bound
            maybe |= life.begun is not None and asked.answered >= life.begun
            number = life.parent
        return dead, maybe


def replay(history: Iterable[bytes], bound: float) -> list[str]:
    """All that was wrong in a recorded history, an event in JSON a line."""
    checker, decoder = Checker(bound), msgspec.json.Decoder(AnyEvent)
    found = (checker.see(decoder.decode(line)) for line in history)
    return [fault for fault in found if fault]
