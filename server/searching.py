"""One page of the keys that a query asks for, the newest first.

The store gives keys by the time they were made, and those of one actor or one hint, by an index;
all else is looked for here, over no more rows than a request may cost.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from storage.base import KeyPosition, KeyText, StoredKey
from storage.rules import status_word

from .changing import is_revoked
from .node import Node, Tenant
from .schemas.finding import FoundApiKey, KeyKind, KeyQuery, found_api_key
from .walking import CHUNK, walk

# So much metadata, in bytes, costs as much as a row: all of it is read, and may have to be parsed.
_METADATA = 2_048

_Test = Callable[[StoredKey], bool]


async def search(
    node: Node, tenant: Tenant, asked: KeyQuery, before: KeyPosition | None
) -> tuple[list[FoundApiKey], KeyPosition | None]:
    """The keys before a position, and where the next page begins; None where none is left.

    Raises StoreError.
    """
    tests = list(_tests(asked, tenant, node.now()))
    since, exactly = asked.ms("created_after") or 0, _exactly(asked)
    if before is None and (until := asked.ms("created_before")) is not None:
        before = KeyPosition(until, b"")

    async def read(before: KeyPosition | None) -> Sequence[StoredKey]:
        return await node.store.newest(
            tenant.name, limit=CHUNK, since_ms=since, before=before, exactly=exactly
        )

    def look(key: StoredKey) -> StoredKey | None:
        return key if all(test(key) for test in tests) else None

    found, following = await walk(
        read, lambda key: key.position, look, size=asked.page_size, before=before, cost=_cost
    )
    return [shown async for shown in _shown(node, tenant, found)], following


def _cost(key: StoredKey) -> int:
    return 1 + len(key.metadata or b"") // _METADATA


async def _shown(
    node: Node, tenant: Tenant, keys: Sequence[StoredKey]
) -> AsyncIterator[FoundApiKey]:
    now = node.now()
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        used = await node.store.last_used(tenant.name, [key.key_id for key in chunk])
        for key in chunk:
            revoked = is_revoked(tenant, key)
            yield found_api_key(key, now=now, last_used_ms=used.get(key.key_id), revoked=revoked)
        await asyncio.sleep(0)


def _exactly(asked: KeyQuery) -> tuple[KeyText, str] | None:
    if asked.hint:
        return "hint", asked.hint
    return None if asked.actor_id is None else ("actor", asked.actor_id)


def _tests(asked: KeyQuery, tenant: Tenant, now: int) -> Iterator[_Test]:
    """What a key must pass, the cheapest first."""
    if asked.kind is not None:
        yield lambda key: KeyKind.of(key.kind) is asked.kind
    if asked.hash_pending is not None:
        yield lambda key: (key.hash_kind is not None) is asked.hash_pending
    if asked.actor_id is not None:
        yield lambda key: key.actor == asked.actor_id
    if asked.status is not None:
        yield lambda key: _status(tenant, key, now) == asked.status
    if (after := asked.ms("expires_after")) is not None:
        yield lambda key: key.expires_at * 1000 >= after
    if (before := asked.ms("expires_before")) is not None:
        yield lambda key: key.expires_at * 1000 < before
    if name := asked.name.casefold():
        yield lambda key: name in key.name.casefold()
    if asked.metadata:
        yield lambda key: _holds(key.metadata, asked.metadata)


def _status(tenant: Tenant, key: StoredKey, now: int) -> str:
    # The row of a key that was revoked with its actor or tenant may not say so yet.
    return "revoked" if is_revoked(tenant, key) else status_word(key, now)


def _holds(metadata: bytes | None, terms: Mapping[str, str]) -> bool:
    if not metadata:
        return False
    value = msgspec.json.decode(metadata)
    return all(wanted in _spelled(value, path) for path, wanted in terms.items())


def _spelled(value: Any, path: str) -> Iterator[str]:
    """What stands at a path, as text: a name on the way may itself have dots in it."""
    if not isinstance(value, dict):
        return
    # Over the names, not the path's dots: so to look costs no more than to read it all.
    for name, inner in value.items():
        if name == path:
            yield from _scalar(inner)
        elif path.startswith(f"{name}."):
            yield from _spelled(inner, path[len(name) + 1 :])


def _scalar(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif not isinstance(value, dict | list):
        yield msgspec.json.encode(value).decode()
