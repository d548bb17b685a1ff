"""Secrets of every kind, and every place of a request in which one could be sent by mistake."""

import base64
import functools
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from engine import seal, text
from engine.errors import TokenError
from server.keys import NewKey, issue
from server.schemas import Context
from tests.server.routes import paths
from tests.server.routes.every import Ask, Form

# No shape that the logs' redactor would know, so that nothing is hidden by it.
SHAPELESS = "correct horse battery staple canary"
UNKNOWN = "correct-horse-battery-staple-canary"
HMAC = "a-secret-of-the-old-installation-too"

KINDS = (
    "an issued key",
    "a public key",
    "an imported raw key",
    "a raw key that is not there",
    "an admin key",
    "a grant",
    "a JWT",
    "a narrowed token",
    "a sealed token",
    "a forged key",
    "a key of an old installation",
    "an HMAC secret",
    "a master secret",
    "a signing key",
)

# What these say is what a key or token is to be called, or may do: it is kept, and told again.
KEPT = frozenset(
    "name actor_id scopes metadata description request_id custom_claims audiences".split()
)

_QUERY = "page_size page_token filter update_mask after tenant scope tool resource audience deny_as"
_HEADERS = (
    "accept accept-encoding cache-control content-encoding content-length content-type cookie "
    "forwarded host idempotency-key if-match origin pragma range referer traceparent "
    "transfer-encoding user-agent x-api-key x-forwarded-for x-forwarded-method x-forwarded-uri "
    "x-original-method x-original-uri x-request-id"
)
_SCHEMES = ("", "Basic ", "Bearer  ", "bearer ", "Token ", "Digest x=", "Bearer x ")


def made(api: Any, kind: str, forge: Any, old_talos: Any) -> str:
    """A secret of this kind, as good as it can be."""
    _, secret = api.issue(scopes=["a"])
    if kind == "an admin key":
        node = api.node
        return api.run(issue(node, node.system, NewKey(scopes=("marzipan:read",)), "x")).text
    if kind == "a public key":
        # Its prefix says that everybody may know it; what is logged or kept of it is no more.
        return api.issue(visibility="KEY_VISIBILITY_PUBLIC")[1]
    if kind == "an imported raw key":
        api.import_key(SHAPELESS)
        return SHAPELESS
    kept = json.loads(api.settings.secret_file.read_text())
    others = {
        "a raw key that is not there": lambda: UNKNOWN,
        "an issued key": lambda: secret,
        "a grant": lambda: api.derive(secret),
        "a JWT": lambda: api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT"),
        "a narrowed token": lambda: api.narrow(secret),
        "a sealed token": lambda: seal(secret),
        "a forged key": lambda: forge.tail(secret),
        "a key of an old installation": lambda: old_talos.key(),
        "an HMAC secret": lambda: HMAC,
        "a master secret": lambda: kept["masters"][0]["secret"],
        "a signing key": lambda: kept["signing_keys"][0]["d"],
    }
    return others[kind]()


@functools.cache
def forms(secret: str) -> frozenset[bytes]:
    """How the secret, or as much of it as would help to guess the rest, could stand somewhere."""
    middle = len(secret) // 2
    parts = {secret, secret[-30:], secret[middle - 15 : middle + 15]}
    if not secret.startswith(("mz_", "eyJ")):
        parts.add(secret[:30])  # the beginning of a token says only which kind it is
    try:
        tail = text.decode(secret)[1][-32:]
        raws = {tail, secret.encode()}
    except TokenError:
        raws = {secret.encode()}
    if len(secret) == 64 and set(secret) <= set("0123456789abcdef"):
        raws.add(bytes.fromhex(secret))
    spelled = {
        one.encode() for part in parts for one in (part, quote(part), json.dumps(part)[1:-1])
    }
    for raw in raws:
        spelled |= {raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw), raw}
    return frozenset(one.rstrip(b"=") for one in spelled)


class Place(NamedTuple):
    """Where the secret stands in a request, and what `every.send` is given."""

    where: str
    method: str
    path: str
    body: Any
    how: dict[str, Any]


def outside(ask: Ask, secret: str) -> Iterator[Place]:
    """In the method, the path, the query and the headers; and in bodies that are none."""
    method, path, body = ask.method, ask.path, ask.body
    escaped = quote(secret, safe="")
    yield Place("method", secret, path, body, {})
    for below in (f"/{escaped}", f":{escaped}", f"%{escaped}"):
        yield Place("below the path", method, path + below, body, {})
    for there in {path.replace(part, escaped) for part in path.split("/")[2:] if part}:
        yield Place("in the path", method, there, body, {})
    for query in (escaped, f"{escaped}=1", *(f"{name}={escaped}" for name in _QUERY.split())):
        yield Place(f"query {query[:12]}", method, path, body, {"query": query.encode()})
    for scheme in _SCHEMES:
        given = ((b"authorization", (scheme + secret).encode()),)
        yield Place(f"header {scheme}", method, path, body, {"key": None, "headers": given})
    for name in _HEADERS.split():
        given = ((name.encode(), secret.encode()),)
        yield Place(f"header {name}", method, path, body, {"headers": given})
    named = secret.lower().replace(" ", "-").encode()
    yield Place("header's name", method, path, body, {"headers": ((named, b"x"),)})


def spoilt(ask: Ask, secret: str) -> Iterator[Place]:
    """In bodies that are no JSON, or too much of it."""
    escaped = quote(secret, safe="")
    quoted = json.dumps(secret)
    bodies = [secret, quoted, f"[{quoted}]", f'{{"credential":{quoted}', f"{{{quoted}:{quoted}}}"]
    bodies += [
        f'{{"credential":{quoted},"credential":{quoted}}}',
        quoted[:-1],
        f"{quoted} {quoted}",
    ]
    bodies += [f"credential={escaped}&token={escaped}", f'{{"credential":{quoted}}}x']
    for each in bodies:
        yield Place(f"body {each[:15]}", ask.method, ask.path, each.encode(), {})
    for size in (9_000, 70_000):
        long = json.dumps({"credential": secret * (size // len(secret))}).encode()
        yield Place(f"body of {size}", ask.method, ask.path, long, {})


def inside(ask: Ask, secret: str) -> Iterator[Place]:
    """In a body that is JSON: in every field that any schema has, and in some that none has."""
    good = ask.body if isinstance(ask.body, dict) else {}
    for field in (*fields(), "no_such_field", secret):
        values = (secret,) if field in KEPT else (secret, [secret], {secret: secret})
        for value in values if field in good else values[:1]:
            yield _in_body(ask, field, {**good, field: value})
    for field in (*Context.__struct_encode_fields__, secret):
        yield _in_body(ask, f"context.{field}", {**good, "context": {field: secret}})
    for within in ("ip_restriction", "rate_limit_policy", "metadata", "issued_api_key"):
        yield _in_body(ask, within, {**good, within: secret})
        yield _in_body(ask, f"{within}.*", {**good, within: {"no_such_field": secret, secret: 1}})
    yield _in_body(ask, "cidrs", {**good, "ip_restriction": {"allowed_cidrs": [secret]}})
    yield _in_body(ask, "requests[0]", {**good, "requests": [secret]})
    for name in ("Delegate", "Tools", "Window", "Amount", "Custom", secret):
        caveat = {"type": name, "tools": [secret], "unknown": secret, secret: secret}
        yield _in_body(ask, f"caveat {name[:8]}", {**good, "caveats": [caveat]})
    requests = good.get("requests")
    if isinstance(requests, list):
        for name, value in {**dict.fromkeys(fields(), secret), "unknown": secret}.items():
            item = {**requests[0], name: value}
            yield _in_body(ask, f"requests[0].{name}", {**good, "requests": [requests[0], item]})


def _in_body(ask: Ask, where: str, body: Any) -> Place:
    body = Form(body) if isinstance(ask.body, Form) else body
    return Place(f"body {where[:30]}", ask.method, ask.path, body, {})


def places(ask: Ask, secret: str) -> Iterator[Place]:
    """All of them that the route reads, and the body of a GET."""
    yield from outside(ask, secret)
    yield from spoilt(ask, secret)
    if ask.route.body_limit is not None:
        yield from inside(ask, secret)


def kept(place: Place) -> bool:
    """Whether the place is a field whose text is there to be kept and told."""
    # What a token is exchanged for names its audience, as a derived one does.
    if (place.path, place.where) == (paths.TOKEN, "body audience"):
        return True
    return place.where.rpartition(".")[2].removeprefix("body ") in KEPT | {"*", "metadata"}


def fields() -> list[str]:
    """The names of all that any body has, of requests and of answers."""
    return sorted({name for schema in schemas() for name in schema.__struct_encode_fields__})


def schemas() -> list[type[msgspec.Struct]]:
    """All bodies of requests and answers, and what they are made of."""
    found: list[type[msgspec.Struct]] = []
    todo = list(msgspec.Struct.__subclasses__())
    while todo:
        one = todo.pop()
        todo += one.__subclasses__()
        if one.__module__.startswith("server.schemas"):
            found.append(one)
    return found
