"""Refusals in the words of OAuth: RFC 6749 section 5.2, and what extends it."""

import re

import msgspec

from .asgi import Headers, Response, json_response
from .problems import Problem

NO_STORE: Headers = ((b"cache-control", b"no-store"),)

# By status, where nothing more is said; each is registered for the answers that it is used in.
_WORDS = {
    401: "invalid_client",
    403: "insufficient_scope",
    429: "temporarily_unavailable",
    500: "server_error",
    503: "temporarily_unavailable",
    504: "temporarily_unavailable",
}
_UNSAYABLE = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")


class OAuthError(Problem):
    """A 400 that has an error code of its own."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__("BAD_REQUEST", message)
        self.word = error


class OAuthRefusal(msgspec.Struct, frozen=True):
    """The body of every refusal. The description is for people, in printable ASCII."""

    error: str
    error_description: str


def oauth_refusal(problem: Problem) -> Response:
    """A refusal as an OAuth client reads it; the statuses are the same as everywhere."""
    too_large = problem.reason == "REQUEST_TOO_LARGE"
    word = "invalid_request" if too_large else _WORDS.get(problem.http, "invalid_request")
    if isinstance(problem, OAuthError):
        word = problem.word
    headers = problem.headers + NO_STORE
    if problem.http == 503 and b"retry-after" not in dict(headers):
        headers += ((b"retry-after", b"1"),)
    return json_response(
        problem.http, OAuthRefusal(word, _UNSAYABLE.sub("'", problem.message)), headers
    )
