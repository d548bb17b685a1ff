"""Under what an imported key's row stands: its raw key, or what a hash of it can be found by."""

import contextlib
from collections.abc import AsyncIterator

import msgspec

from engine.formats.imported import ImportIndex
from engine.formats.imported.hashes import LENGTHS, PREFIX, length_of

from .keyhash import KeyHash
from .node import Node, Tenant
from .problems import Problem, invalid


class Standing(msgspec.Struct, frozen=True):
    """The digest of a new row; all others that no key may have; and its kind, if it is a hash."""

    digest: bytes
    others: tuple[bytes, ...]
    kind: str | None = None


def standing(index: ImportIndex, raw_key: str, known: KeyHash | None) -> Standing:
    """Under what a key would stand. Raises MalformedToken."""
    if known is None:
        first, *others = index.digests(raw_key)
        return Standing(first, tuple(others))
    if known.slow is None:
        first, *others = index.hashes.under(known.kind, known.octets)
        return Standing(first, tuple(others), known.kind)
    first, *others = index.hashes.under(PREFIX, known.lookup.encode())
    # A raw key that began with both would be tried against one of them alone.
    shorter = index.hashes.prefixes(known.lookup)
    return Standing(first, (*others, *shorter), known.kind)


@contextlib.asynccontextmanager
async def admitted(
    node: Node, tenant: Tenant, index: ImportIndex, known: KeyHash
) -> AsyncIterator[None]:
    """Let raw keys be looked up by this kind of hash too, for the time of an import at least.

    Raises Problem 400, or 409 where too many kinds are in use.
    """
    if known.pepper and not index.hashes.has_pepper(known.pepper):
        raise invalid("key_hash.pepper", "must name a pepper of the server's imports.peppers_file")
    await _require_room(node, tenant, index, known.kind)
    tenant.arriving[known.kind] += 1
    index.hashes.kinds |= {known.kind}
    try:
        yield
    finally:
        tenant.arriving[known.kind] -= 1


async def _require_room(node: Node, tenant: Tenant, index: ImportIndex, kind: str) -> None:
    if _room(kind, index.hashes.kinds):
        return
    # Those of which all keys were used make room, though they are looked up until the next start;
    # those of imports under way are not there yet.
    kinds = frozenset(await node.store.hash_kinds(tenant.name)) | frozenset(+tenant.arriving)
    if not _room(kind, kinds):
        message = (
            f"Imported hashes have lookups of {LENGTHS} different lengths already, and no more are "
            "looked up. Give this one one of those lengths."
        )
        raise Problem("FAILED_PRECONDITION", message, {"field": "key_hash.lookup"})


def _room(kind: str, kinds: frozenset[str]) -> bool:
    return kind in kinds or not length_of(kind) or len(list(filter(length_of, kinds))) < LENGTHS
