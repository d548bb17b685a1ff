"""Scopes: segments split by ":", with "*" only as the last whole segment.

"p:*" covers everything that begins with "p:", not "p" itself. A required wildcard needs an equal
or broader one. "*" alone covers everything but the product's own "marzipan:" namespace, so that a
tenant's widest key never reaches an admin route.
"""

from collections.abc import Iterable

from . import limits

RESERVED = "marzipan"


def fault(scope: str) -> str | None:
    """Why this is not a scope, or None."""
    if not scope:
        return "a scope must not be empty"
    try:
        size = len(scope.encode())
    except UnicodeEncodeError:
        return "a scope must be Unicode text without lone surrogates"
    if size > limits.STRING:
        return f"a scope must not exceed {limits.STRING} bytes"
    if "*" in scope and scope != "*" and (not scope.endswith(":*") or "*" in scope[:-1]):
        return "'*' must be the last whole segment of a scope"
    return None


def is_reserved(scope: str) -> bool:
    """Whether the scope lies in the product's own namespace."""
    return scope.split(":", 1)[0] == RESERVED


def covers(held: str, required: str) -> bool:
    """Whether holding one scope satisfies another. An ill-formed scope covers nothing."""
    if fault(held) or fault(required):
        return False
    if held == required:
        return True
    if held == "*":
        return not is_reserved(required)
    return held.endswith(":*") and required.startswith(held[:-1])


def uncovered(held: Iterable[str], required: Iterable[str]) -> str | None:
    """The first required scope that none of those held covers, or None."""
    held = tuple(held)
    return next((r for r in required if not any(covers(h, r) for h in held)), None)


def intersect(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    """The scopes that both lists cover, the narrower of each pair, in order, each once."""
    other = tuple(other)
    found: dict[str, None] = {}
    for a in one:
        for b in other:
            if covers(a, b):
                found[b] = None
            elif covers(b, a):
                found[a] = None
    return tuple(found)
