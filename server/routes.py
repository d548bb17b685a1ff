"""The route table: which handler answers a method and path. Routes are data.

A template is a path whose segments may be `{name}`; the last one may end in a custom verb, as in
`/v2alpha1/admin/issuedApiKeys/{key_id}:rotate`. A parameter is one whole segment, percent-decoded
strictly. Literal paths win over templates, and a template with a verb over one without; a segment
that ends in some verb never matches a plain parameter, so an unknown verb is an unknown path. A
template that ends in `/**` matches everything below it, and the method `*` is every method.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from .asgi import Admit, Handler, Refuse, Request, Response, problem_response
from .body import LIMIT
from .openapi.operation import Operation
from .problems import Problem, invalid

_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_BELOW = "/**"
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


AtOnce = Callable[[Request], Response]
AdmitAtOnce = Callable[[Request], Request]


class Now(msgspec.Struct, frozen=True):
    """How a route answers from memory alone, in the same bytes: `admit`, then `handler`.

    Either raises what its counterpart raises, or MustWait, and then nothing was done.
    """

    handler: AtOnce
    admit: AdmitAtOnce | None = None


class Route(msgspec.Struct, frozen=True):
    """One method on one path template; `operation` is what the OpenAPI document says of it.

    `admit` is asked before the body is read, and gives the request on or raises. `body_limit` is
    the most bytes that are read of a body; None leaves it unread, for whom it says nothing.
    `refuse` says a Problem in the words of the route's protocol. `now` is how it answers without
    waiting, where it can.
    """

    method: str
    template: str
    handler: Handler
    operation: Operation
    admit: Admit | None = None
    body_limit: int | None = LIMIT
    refuse: Refuse = problem_response
    now: Now | None = None


class Match(msgspec.Struct, frozen=True):
    """The route of a request and the decoded parameters of its path."""

    route: Route
    params: Mapping[str, str]


class Routes:
    """A table of routes; the same method and template twice is a ValueError."""

    def __init__(self, routes: Iterable[Route]) -> None:
        by_template: dict[str, dict[str, Route]] = {}
        for route in routes:
            methods = by_template.setdefault(route.template, {})
            if route.method in methods:
                raise ValueError(f"route given twice: {route.method} {route.template}")
            methods[route.method] = route
        plain = [path for path in by_template if "{" not in path and not path.endswith(_BELOW)]
        self._literal = {path: by_template[path] for path in plain}
        templates = sorted(by_template.keys() - set(plain), key=_verbless)
        self._patterns = [(_pattern(path), by_template[path]) for path in templates]

    def match(self, method: str, path: str) -> Match:
        """Find the route; HEAD falls back on GET. Raises Problem 404, 405 with Allow, or 400."""
        found = self._literal.get(path)
        raw: Mapping[str, str] = {}
        if found is None:
            for pattern, methods in self._patterns:
                if hit := pattern.fullmatch(path):
                    found, raw = methods, hit.groupdict()
                    break
        if found is None:
            raise Problem("NOT_FOUND", "There is nothing at this path.")
        route = (
            found.get(method) or found.get("*") or (found.get("GET") if method == "HEAD" else None)
        )
        if route is None:
            allow = ", ".join(sorted({*found, "HEAD"} if "GET" in found else found))
            raise Problem(
                "METHOD_NOT_ALLOWED",
                f"This path does not answer this method. It answers {allow}.",
                headers=((b"allow", allow.encode("ascii")),),
            )
        return Match(route, {name: _decode(name, text) for name, text in raw.items()})


def _verbless(template: str) -> tuple[bool, bool, str]:
    return template.endswith(_BELOW), ":" not in template, template


def _pattern(template: str) -> re.Pattern[str]:
    if template.endswith(_BELOW):
        return re.compile(re.escape(template.removesuffix("**")) + ".*", re.DOTALL)
    head, colon, verb = template.partition(":")
    segment = r"[^/]+" if verb else r"[^/:]+"
    parts = _PARAMETER.split(head)
    literals = [re.escape(part) for part in parts[::2]]
    groups = [f"(?P<{name}>{segment})" for name in parts[1::2]]
    body = "".join(a + b for a, b in zip(literals, [*groups, ""], strict=True))
    return re.compile(body + re.escape(colon + verb))


def _decode(name: str, raw: str) -> str:
    if not _ESCAPES.fullmatch(raw):
        raise invalid(name, "must be percent-encoded: % followed by two hex digits")
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise invalid(name, "must be UTF-8 once percent-decoded") from None
    if "\0" in text:
        raise invalid(name, "must not contain a NUL character")
    return text
