"""Under what an imported key's row stands: its raw key, or what a hash of it can be found by."""

import contextlib
from collections.abc import AsyncIterator

import msgspec

from engine.formats.imported import ImportIndex
from engine.formats.imported.hashes import LENGTHS, PREFIX, length_of
from storage.base import StoredKey

from .keyhash import KeyHash
from .keyids import key_id_text
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


def taken(
    index: ImportIndex, raw_key: str, known: KeyHash | None, other: StoredKey | None
) -> Problem:
    """Why there can be no such key: another is there, `other` where it is known which."""
    what = "This raw key" if known is None else "This hash"
    if other is None:
        message = f"{what}, or what it is looked up by, is imported already."
        return Problem("API_KEY_EXISTS", message)
    key_id = key_id_text(other.key_id)
    metadata, field, starts = {"key_id": key_id}, "raw_key", raw_key
    if known is not None:
        field, starts = "key_hash.lookup", known.lookup
    same = known is None and other.digest in index.raw_digests(raw_key)
    if known is not None and other.hash_digest in index.hashes.under(PREFIX, starts.encode()):
        what, same = "A hash with this lookup", True
    if not same and other.hash_digest in index.hashes.prefixes(starts):
        message = (
            f"{field} begins with the lookup of key {key_id}, which was imported as a hash: "
            "whatever begins so is taken for that key. If it is another one, delete that key and "
            "import its hash anew, with a longer lookup."
        )
        return Problem("API_KEY_EXISTS", message, metadata | {"field": field})
    return Problem("API_KEY_EXISTS", f"{what} is imported already, as key {key_id}.", metadata)


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
