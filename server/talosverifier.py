"""A tenant's verifier where it also takes what an old Talos installation issued.

The text decides which of the two is asked, native prefixes first. Nothing is tried twice, so a
credential has one meaning; that no prefix could be taken for another is checked at the start.
"""

from collections.abc import Callable
from typing import Protocol

from engine import Access, Explanation, Grant, Prefixes, Verifier
from engine.authentic import Authentic
from engine.formats.talos import TalosVerifier


class Verifying(Protocol):
    """What the handlers ask of a verifier; see `engine.Verifier`."""

    def verify(self, token: str, access: Access) -> Grant: ...

    def explain(self, token: str, access: Access) -> Explanation: ...

    def authenticate(self, token: str) -> Authentic: ...


class NativeOrTalos:
    """Asks the native verifier or that of the old installation. `now` gives Unix seconds."""

    def __init__(
        self, native: Verifier, talos: TalosVerifier, prefixes: Prefixes, now: Callable[[], int]
    ) -> None:
        self._native = native
        self._talos = talos
        self._starts = tuple(f"{one}_" for one in prefixes)
        self._now = now

    def verify(self, token: str, access: Access) -> Grant:
        return self._of(token).verify(token, access)

    def explain(self, token: str, access: Access) -> Explanation:
        return self._of(token).explain(token, access)

    def authenticate(self, token: str) -> Authentic:
        # A retired secret has an end, so what is authentic depends on the time.
        taken = self._of(token)
        if isinstance(taken, TalosVerifier):
            return taken.authenticate(token, self._now())
        return taken.authenticate(token)

    def _of(self, token: str) -> Verifier | TalosVerifier:
        native = token.startswith(self._starts) or not self._talos.takes(token)
        return self._native if native else self._talos
