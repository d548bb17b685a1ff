"""Who judges a credential of a tenant, once it is known to be no JWT.

The text decides, before anything of it is believed: native prefixes come first, then what a Talos
installation issued where one is configured, and all else is looked up as an imported key. Nothing
is tried twice, so a credential has one meaning; that no prefix could be taken for another is
checked at the start.
"""

from collections.abc import Callable
from typing import Protocol

from engine import Access, Explanation, Grant, Prefixes, Verifier
from engine.authentic import Authentic
from engine.formats.imported import ImportedVerifier
from engine.formats.talos import TalosVerifier


class Verifying(Protocol):
    """What the handlers ask of a verifier; see `engine.Verifier`."""

    def verify(self, token: str, access: Access) -> Grant: ...

    def explain(self, token: str, access: Access) -> Explanation: ...

    def authenticate(self, token: str) -> Authentic: ...


class Routing:
    """Asks the one verifier that a text is for. `now` gives Unix seconds."""

    def __init__(
        self,
        native: Verifier,
        prefixes: Prefixes,
        imported: ImportedVerifier,
        talos: TalosVerifier | None,
        now: Callable[[], int],
    ) -> None:
        self._native = native
        self._starts = tuple(f"{one}_" for one in prefixes)
        self._imported = imported
        self._talos = talos
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

    def is_imported(self, token: str) -> bool:
        """Whether the text would be looked up as an imported key, were it no JWT."""
        return self._of(token) is self._imported

    def _of(self, token: str) -> Verifier | TalosVerifier | ImportedVerifier:
        if token.startswith(self._starts):
            return self._native
        if self._talos is not None and self._talos.takes(token):
            return self._talos
        return self._imported
