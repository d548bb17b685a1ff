"""Under what an imported key's row stands: its raw key, or what a hash of it can be found by."""

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


async def admit(node: Node, tenant: Tenant, index: ImportIndex, known: KeyHash) -> None:
    """Let raw keys be looked up by this kind of hash too. Raises Problem 400, or 409."""
    hashes = index.hashes
    if known.pepper and not hashes.has_pepper(known.pepper):
        raise invalid("key_hash.pepper", "must name a pepper of the server's imports.peppers_file")
    if _room(known.kind, hashes.kinds):
        hashes.kinds |= {known.kind}
        return
    # Those that were all used since make room.
    kinds = frozenset(await node.store.hash_kinds(tenant.name))
    if not _room(known.kind, kinds):
        message = (
            f"Imported hashes have lookups of {LENGTHS} different lengths already, and no more are "
            "looked up. Give this one one of those lengths."
        )
        raise Problem("FAILED_PRECONDITION", message, {"field": "key_hash.lookup"})
    hashes.kinds = kinds | {known.kind}


def _room(kind: str, kinds: frozenset[str]) -> bool:
    return kind in kinds or not length_of(kind) or len(list(filter(length_of, kinds))) < LENGTHS
