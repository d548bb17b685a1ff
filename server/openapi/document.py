"""The OpenAPI 3.1 document of a route table.

Whatever the table or the Structs know is taken from there: paths, parameters, the scope of the
admin key, bodies, answers. A route that answers any method stands under GET, and what follows a
path that ends in `/**` is one parameter: OpenAPI has no word for either.
"""

import importlib.metadata
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from server.auth import Admission
from server.problems import REASONS, Envelope
from server.routes import Route
from server.schemas.service import OpenApiDocument

from . import components
from .operation import Operation, Query
from .tags import described, tag

ANY_REQUEST = (400, 408, 429, 431, 500, 503, 504)
ADMIN_ROUTE = (401, 403)

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_ABOUT = """\
API keys and short-lived tokens. The `/v2alpha1` operations are those of the Ory Talos API.

Names in bodies and queries may be in snake_case or lowerCamelCase, and null is as good as absent. \
Unknown fields are dropped, but refused inside what restricts. Every answer has `X-Request-ID`."""

_TEXT = {"type": "string"}
HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Cache-Control": ("How long the answer may be kept.", _TEXT),
    "ETag": ("The document's version, for If-None-Match.", _TEXT),
    "Location": ("The path of what was made.", {"type": "string", "format": "uri-reference"}),
    "Marzipan-Applied": ("How many nodes have applied it, by what became of each.", _TEXT),
    "Marzipan-Actor": ("The actor, percent-encoded.", _TEXT),
    "Marzipan-Delegates": ("The delegates that blocks name, percent-encoded.", _TEXT),
    "Marzipan-Key-Id": ("The key.", {"type": "string", "format": "uuid"}),
    "Marzipan-Propagation": ("stream, or poll: how other nodes hear of it.", _TEXT),
    "Marzipan-Revision": ("What `min_revision` takes, so that this is known there.", _TEXT),
    "Marzipan-Scopes": ("What the credential covers, percent-encoded.", _TEXT),
    "Marzipan-Stale": ("true: accepted without knowing what was revoked lately.", _TEXT),
    "Marzipan-Status": ("What the status would be without `deny_as`.", _TEXT),
    "Ory-Talos-Cache": ("SKIP: no cache was asked.", _TEXT),
    "RateLimit": ("What is left of the limit; the IETF draft has it.", _TEXT),
    "RateLimit-Policy": ("The limit; the IETF draft has it.", _TEXT),
    "Retry-After": ("Seconds until it is worth another try.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("The challenge (RFC 6750).", _TEXT),
    "X-Accel-Buffering": ("no: a proxy shall not gather the stream.", _TEXT),
    "X-Request-ID": ("As it was sent, or a fresh UUID; the log has it.", {**_TEXT, "minLength": 1}),
}
_OF_STATUS = {401: "WWW-Authenticate", 403: "WWW-Authenticate", 429: "Retry-After",
              503: "Retry-After"}  # fmt: skip
_PARAMETERS: dict[str, dict[str, Any]] = {
    "key_id": {"description": "The id of a key.", "schema": {"type": "string", "format": "uuid"}},
    "original_path": {"description": "The path that was asked for, with its slashes."},
}

WAIT = Query(
    "wait",
    "`all`: answer when every live node has applied it; `Marzipan-Applied` says how many have.",
    {"type": "string", "enum": ["all"]},
)


def build(routes: Iterable[Route]) -> OpenApiDocument:
    """The document. Raises ValueError where two operations have one id."""
    routes = list(routes)
    operations = [route.operation for route in routes]
    ids = [operation.id for operation in operations]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        raise ValueError(f"operation id given twice: {', '.join(twice)}")
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = route.template.replace("/**", "/{original_path}")
        method = "get" if route.method == "*" else route.method.lower()
        paths.setdefault(path, {})[method] = _operation(route, path)
    printed = {struct for each in operations for struct in (*each.answers.values(), each.refused)}
    return OpenApiDocument(
        openapi="3.1.0",
        info={
            "title": "Marzipan",
            "version": importlib.metadata.version("marzipan"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        servers=[{"url": "/"}],
        tags=described(route.template for route in routes),
        paths=paths,
        components={
            "schemas": components.schemas(
                [each.request for each in operations if each.request is not None],
                [struct for struct in printed if struct is not None] + [Envelope],
            ),
            "responses": {_name(status): _refusal(status) for status in sorted(_statuses(routes))},
            "headers": {name: _header(*told) for name, told in HEADERS.items()},
            "securitySchemes": {
                "adminKey": _bearer("An admin key that covers the operation's scope."),
                "adminKeyAsPassword": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The same as the password, beside any client id.",
                },
                "credential": _bearer("The credential that is to be judged."),
            },
        },
    )


def _operation(route: Route, path: str) -> dict[str, Any]:
    operation = route.operation
    told: dict[str, Any] = {"operationId": operation.id, "tags": [tag(route.template)]}
    told["summary"] = _sentence(operation.summary)
    if operation.description:
        told["description"] = operation.description
    if parameters := [*map(_in_path, re.findall(r"\{(\w+)\}", path)), *_in_query(route)]:
        told["parameters"] = parameters
    if operation.request is not None:
        body = {"schema": components.ref(operation.request)}
        told["requestBody"] = {
            "required": components.is_required(operation.request),
            "content": {_FORM if operation.form else _JSON: body},
        }
    answers = {str(status): _answer(route, status) for status in operation.answers}
    refusals = {
        str(status): _refusal(status, operation)
        if status in operation.refusals and (operation.refused or operation.refused_headers)
        else {"$ref": f"#/components/responses/{_name(status)}"}
        for status in sorted(_refused(route))
    }
    told["responses"] = answers | refusals
    told["security"] = _security(route)
    return told


def _answer(route: Route, status: int) -> dict[str, Any]:
    struct = route.operation.answers[status]
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    answer["headers"] = _headers("X-Request-ID", *route.operation.headers, *_settled(route))
    if struct is not None:
        answer["content"] = {_JSON: {"schema": components.ref(struct)}}
    if route.operation.stream:
        answer["content"]["text/event-stream"] = {"schema": _TEXT}
    return answer


def _refusal(status: int, operation: Operation | None = None) -> dict[str, Any]:
    """The error envelope; one with more in it where the operation says so."""
    reasons = [reason for reason, (code, _) in REASONS.items() if code == status]
    schema: dict[str, Any] = components.ref(Envelope)
    headers = ["X-Request-ID", *filter(None, [_OF_STATUS.get(status)])]
    if operation is not None and operation.refused is not None:
        # A connection past its limits is told the bare envelope.
        schema = {"anyOf": [components.ref(operation.refused), schema]}
    headers += operation.refused_headers if operation is not None else ()
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(reasons)}",
        "headers": _headers(*headers),
        "content": {_JSON: {"schema": schema}},
    }


def _refused(route: Route) -> set[int]:
    admin = ADMIN_ROUTE if route.admit is not None else ()
    return {*ANY_REQUEST, *admin, *route.operation.refusals}


def _statuses(routes: Iterable[Route]) -> set[int]:
    return {status for route in routes for status in _refused(route)}


def _security(route: Route) -> list[dict[str, list[str]]]:
    if isinstance(route.admit, Admission):
        scopes = [route.admit.scope]
        basic = [{"adminKeyAsPassword": scopes}] if route.admit.basic else []
        return [{"adminKey": scopes}, *basic]
    return [{"credential": []}] if route.operation.judges else []


def _in_path(name: str) -> dict[str, Any]:
    known = _PARAMETERS.get(name, {})
    return {"name": name, "in": "path", "required": True, "schema": _TEXT, **known}


def _settled(route: Route) -> tuple[str, ...]:
    """The headers of an answer to a revocation."""
    if not route.operation.revokes:
        return ()
    told = ("Marzipan-Revision", "Marzipan-Propagation")
    return (*told, *(("Marzipan-Applied",) if route.admit is not None else ()))


def _in_query(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "in": "query",
            "description": each.description,
            "schema": each.schema or _TEXT,
        }
        for each in (
            *route.operation.query,
            *((WAIT,) if "Marzipan-Applied" in _settled(route) else ()),
        )
    ]


def _headers(*names: str) -> dict[str, dict[str, str]]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _header(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "schema": schema}


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "description": description}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
