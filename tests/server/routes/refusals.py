"""What is refused on every endpoint alike; each endpoint's own tests say that it is so there."""

from collections.abc import Callable, Mapping
from typing import Any

from storage.errors import StoreUnavailable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")


class Refusals:
    """Asks one node for what it has to refuse, and checks that nothing came of it."""

    def __init__(self, api: Any, problem: Callable[..., Any], made: Callable[[str], Any]) -> None:
        self.api, self.problem = api, problem
        self._made = made  # other fixtures by name, only those that are needed

    def strangers(self, method: str, path: str, body: Any = None) -> None:
        """401 with a challenge for whoever has no good admin key."""
        strangers: Mapping[str, str | None] = self._made("strangers")
        before = self._state()
        for who, key in strangers.items():
            answer = self.api.call(method, path, body, key=key)
            self.problem(answer, 401, "UNAUTHORIZED")
            invalid = ', error="invalid_token"' if key else ""
            challenge = f'Bearer realm="marzipan"{invalid}'
            assert answer.headers["www-authenticate"] == challenge, who
        assert self._state() == before

    def powerless(self, scope: str, method: str, path: str, body: Any = None) -> None:
        """403 naming the scope for an admin key that covers the others; and for any grant."""
        powerless: Mapping[str, str] = self._made("powerless")
        before = self._state()
        answer = self.api.call(method, path, body, key=powerless[scope])
        self.problem(answer, 403, "FORBIDDEN")
        challenge = f'Bearer realm="marzipan", error="insufficient_scope", scope="{scope}"'
        assert answer.headers["www-authenticate"] == challenge
        grant = self.api.call(method, path, body, key=powerless["grant"])
        self.problem(grant, 403, "FORBIDDEN")
        assert self._state() == before

    def methods(self, path: str, *allowed: str) -> None:
        """405 with Allow for every other method, whoever asks."""
        before = self._state()
        for method in set(METHODS) - set(allowed):
            for key in ("", None):
                answer = self.api.call(method, path, {}, key=key)
                assert answer.headers["allow"] == ", ".join(sorted(allowed)), method
                assert answer.status_code == 405
                if method != "HEAD":
                    self.problem(answer, 405, "METHOD_NOT_ALLOWED")
        assert self._state() == before

    def body(self, limit: int, method: str, path: str, key: str | None = "") -> None:
        """429 for a body of one byte more than the limit, and not for one of the limit."""
        before = self._state()
        start, end = b'{"x":"', b'"'  # no JSON: what is read of it is a 400
        for size, status in ((limit, 400), (limit + 1, 429)):
            filled = start + b"x" * (size - len(start + end)) + end
            answer = self.api.call(method, path, filled, key=key)
            error = self.problem(answer, status)
        assert (error["reason"], error["metadata"]["field"]) == ("REQUEST_TOO_LARGE", "body")
        assert answer.headers["connection"] == "close"
        assert self._state() == before

    def lost(self, method: str, path: str, body: Any = None, key: str | None = "") -> None:
        """503 while the database can't be reached."""
        before = self._state()
        self.api.call("GET", "/v1/revocations")  # the caller's own record is in memory
        restore = self._made("break_store")(StoreUnavailable("gone"))
        self.problem(self.api.call(method, path, body, key=key), 503, "SERVICE_UNAVAILABLE")
        restore()
        assert self._state() == before

    def _state(self) -> Any:
        # Whatever changes something leaves a row in the audit, and debits leave a counter.
        return self.api.run(self.api.node.store.audit_heads())
