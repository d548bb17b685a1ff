"""Scopes: segments split by ":", with "*" only as the last whole segment.

"p:*" covers everything that begins with "p:", not "p" itself. A required wildcard needs an equal
or broader one. "*" alone covers everything but the product's own "marzipan:" namespace, so that a
tenant's widest key never reaches an admin route.

Holders write lists of hundreds, so whether a list covers a scope is looked up, never searched: a
scope has few wildcards above it.
"""

from collections.abc import Collection, Iterable, Iterator

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
    return uncovered((held,), (required,)) is None


def uncovered(held: Iterable[str], required: Collection[str]) -> str | None:
    """The first required scope that none of those held covers, or None."""
    if not required:
        return None
    known = {scope for scope in held if fault(scope) is None}
    for scope in required:
        if fault(scope) is not None or known.isdisjoint(_coverers(scope)):
            return scope
    return None


def intersect(*lists: Iterable[str]) -> tuple[str, ...]:
    """The scopes of any list that all lists cover, each once: those of the last list first.

    These are the narrower of every two that overlap, for what covers one scope is nested.
    """
    within: dict[str, int] = {}  # by scope, which lists hold it: bit n for the n-th from the end
    for number, held in enumerate(reversed(lists)):
        for scope in held:
            within[scope] = within.get(scope, 0) | 1 << number
    for scope in [one for one in within if fault(one) is not None]:
        del within[scope]
    return tuple(scope for scope in within if _union(scope, within) == (1 << len(lists)) - 1)


def _union(scope: str, within: dict[str, int]) -> int:
    """Which lists cover a well-formed scope."""
    union = 0
    for above in _coverers(scope):
        union |= within.get(above, 0)
    return union


def _coverers(scope: str) -> Iterator[str]:
    """Every well-formed scope that covers this well-formed one, itself first."""
    yield scope
    colon = scope.find(":")
    while colon >= 0:
        yield f"{scope[: colon + 1]}*"
        colon = scope.find(":", colon + 1)
    if not is_reserved(scope):
        yield "*"
