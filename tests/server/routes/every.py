"""Every route of the table with a request that it would grant, for what must hold on all of them.

A route that is not in GRANTED fails these tests with a message that says what to add.
"""

import asyncio
import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

import pytest

from server.app import create_app
from server.routes import Route
from tests.server.routes import paths

NOWHERE = "00000000-0000-4000-8000-000000000000"


class Subject(NamedTuple):
    """What a request is about: things that are there, or that are not."""

    issued: str = NOWHERE
    imported: str = NOWHERE
    credential: str = "mz_ak_nothing"
    raw_key: str = "no raw key"
    actor: str = "nobody"


ABSENT = Subject()

Body = Callable[[Subject], Any]

_SUPERSEDED = {"reason": "REVOCATION_REASON_SUPERSEDED"}
_DELEGATE = [{"type": "Delegate", "actor": "bot"}]


def _nothing(about: Subject) -> None:
    return None


def _import(about: Subject) -> dict[str, str]:
    return {"raw_key": about.raw_key, "name": "legacy", "actor_id": "owner"}


class Form(dict[str, Any]):
    """A body that is sent as a form."""


def _token(about: Subject) -> Form:
    return Form(token=about.credential)


def _exchange(about: Subject) -> Form:
    return Form(
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token=about.credential,
        subject_token_type="urn:ietf:params:oauth:token-type:access_token",
    )


def _credential(about: Subject) -> dict[str, Any]:
    return {"credential": about.credential}


# "method template": the directory of its tests, and the body of a request that would be granted.
GRANTED: Mapping[str, tuple[str, Body]] = {
    f"POST {paths.ISSUED}": ("issue_key", lambda about: {"name": "new"}),
    f"GET {paths.ISSUED}": ("list_keys", _nothing),
    f"GET {paths.ISSUED}/{{key_id}}": ("get_key", _nothing),
    f"PATCH {paths.ISSUED}/{{key_id}}": ("update_key", lambda about: {"name": "new"}),
    f"POST {paths.ISSUED}/{{key_id}}:rotate": ("rotate_key", lambda about: {"grace": "60s"}),
    f"POST {paths.ISSUED}/{{key_id}}:revoke": ("revoke_key", lambda about: _SUPERSEDED),
    f"POST {paths.IMPORTED}": ("import_key", _import),
    f"GET {paths.IMPORTED}": ("list_imported_keys", _nothing),
    f"POST {paths.BATCH_IMPORT}": (
        "batch_import",
        lambda about: {"requests": [_import(about)]},
    ),
    f"GET {paths.IMPORTED}/{{key_id}}": ("get_imported_key", _nothing),
    f"PATCH {paths.IMPORTED}/{{key_id}}": ("update_imported_key", lambda about: {"name": "new"}),
    f"DELETE {paths.IMPORTED}/{{key_id}}": ("delete_imported_key", _nothing),
    f"POST {paths.IMPORTED}/{{key_id}}:revoke": ("revoke_imported_key", lambda about: _SUPERSEDED),
    "GET /v1/cluster": ("cluster", _nothing),
    "GET /v1/keys": ("search_keys", _nothing),
    "GET /v1/keys/{key_id}": ("find_key", _nothing),
    "GET /v1/keys/{key_id}/lineage": ("lineage", _nothing),
    "POST /v1/keys/{key_id}:suspend": ("suspend_key", _nothing),
    "POST /v1/keys/{key_id}:resume": ("resume_key", _nothing),
    "POST /v1/keys/{key_id}:extend": ("extend_key", lambda about: {"ttl": "60d"}),
    "POST /v1/keys/{key_id}:revokeChildren": ("revoke_children", _nothing),
    "POST /v1/actors/{actor_id}:revoke": ("revoke_actor", lambda about: _SUPERSEDED),
    f"POST {paths.VERIFY}": ("verify", _credential),
    f"POST {paths.BATCH_VERIFY}": (
        "batch_verify",
        lambda about: {"requests": [_credential(about)]},
    ),
    f"POST {paths.DERIVE}": ("derive", _credential),
    f"POST {paths.SELF_REVOKE}": ("self_revoke", _credential),
    f"POST {paths.ATTENUATE}": (
        "attenuate",
        lambda about: {**_credential(about), "caveats": _DELEGATE},
    ),
    f"POST {paths.INSPECT}": ("inspect", _credential),
    f"POST {paths.EXPLAIN}": ("explain", _credential),
    f"POST {paths.REVOKE}": ("revoke_token", _credential),
    f"* {paths.GATEWAY}": ("gateway_verify", _nothing),
    f"* {paths.GATEWAY}/**": ("gateway_verify", _nothing),
    f"GET {paths.REVOCATIONS}": ("revocations", _nothing),
    f"POST {paths.REVOCATIONS}": (
        "revoke_by_id",
        lambda about: {"revocation_id": "0" * 32, "key_id": about.issued},
    ),
    f"GET {paths.AUDIT}": ("audit", _nothing),
    f"GET {paths.AUDIT}/heads": ("audit_heads", _nothing),
    f"GET {paths.JWKS}": ("jwks", _nothing),
    f"GET {paths.WELL_KNOWN}": ("jwks", _nothing),
    "POST /v1/oauth2/introspect": ("introspect", _token),
    "POST /v1/oauth2/token": ("exchange_token", _exchange),
    "POST /v1/oauth2/revoke": ("oauth_revoke", _token),
    "GET /.well-known/oauth-authorization-server": ("oauth_metadata", _nothing),
    f"POST {paths.TOKENS}batchRevoke": (
        "batch_revoke",
        lambda about: {"credentials": [about.credential]},
    ),
    "GET /health/alive": ("health", _nothing),
    "GET /health/ready": ("health", _nothing),
    "GET /version": ("version", _nothing),
    "GET /openapi.json": ("openapi", _nothing),
}


class Ask(NamedTuple):
    """One request: `body` is JSON, or nothing."""

    operation: str
    route: Route
    method: str
    path: str
    body: Any


def asks(api: Any, about: Subject = ABSENT) -> list[Ask]:
    """A request to every route of the table, about these things."""
    return [ask(route, about) for route in api.table()]


def ask(route: Route, about: Subject) -> Ask:
    name = f"{route.method} {route.template}"
    if name not in GRANTED:
        pytest.fail(
            f"{name} is a new route: add to GRANTED in tests/server/routes/every.py the directory "
            "of its tests and the body of a request that it would grant"
        )
    operation, body = GRANTED[name]
    method = "GET" if route.method == "*" else route.method
    return Ask(operation, route, method, _filled(route.template, about), body(about))


def _filled(template: str, about: Subject) -> str:
    imported = template.startswith(paths.IMPORTED)
    values = {"key_id": about.imported if imported else about.issued, "actor_id": about.actor}

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            pytest.fail(f"{{{match[1]}}} is a new parameter: tests/server/routes/every.py")
        return values[match[1]]

    return re.sub(r"\{([a-z_]+)\}", value, template).replace("/**", "/any/path")


class Answer(NamedTuple):
    """All of an answer but its X-Request-ID, which no two have in common."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@functools.lru_cache(maxsize=1)
def _app(node: Any) -> Any:
    return create_app(node)


def send(
    api: Any,
    method: str,
    path: str,
    body: Any = None,
    *,
    key: str | None = "",
    query: bytes = b"",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Answer:
    """The answer to a request that is sent as it is: `key` as in Api.send, `body` bytes or JSON.

    No client is in between that would refuse to send, or would write otherwise, what is odd.
    """
    if isinstance(body, Form):
        headers = (*headers, (b"content-type", b"application/x-www-form-urlencoded"))
        body = urlencode(body, doseq=True).encode()
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    if key is not None:
        headers = ((b"authorization", f"Bearer {key or api.admin}".encode()), *headers)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def keep(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path, errors="replace"),
        "raw_path": path.encode(),
        "query_string": query,
        "headers": list(headers),
        "client": ("127.0.0.1", 5),
    }
    api.run(asyncio.wait_for(_app(api.node)(scope, receive, keep), 20))
    told = tuple((name, value) for name, value in sent[0]["headers"] if name != b"x-request-id")
    return Answer(sent[0]["status"], told, b"".join(each["body"] for each in sent[1:]))
