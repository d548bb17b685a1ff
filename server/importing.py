"""Import keys of any other system: the row keeps a keyed hash, and nothing else of the raw key.

Where another system kept but a hash, the row stands under that until the key is first used, see
`server.firstuse`. A salted one is kept beside it, sealed.

A batch is one transaction an item, handed in together: the writer commits many of them at once, so
that a thousand cost a few flushes of the disk, and each item stands or falls alone.
"""

import asyncio
import itertools
import uuid
from collections.abc import Sequence

import msgspec

from engine.formats.hashed.sealing import HashSeals
from engine.formats.imported import ImportIndex
from engine.formats.jwt import looks_like_jwt
from engine.redacted import Redacted
from storage.base import KeyKind, StoredKey
from storage.errors import IssuedTooEarly, KeyExists, RequestReplayed

from .current import JOIN_S
from .durations import require_at_most
from .hashimport import Standing, admitted, standing, taken
from .hints import hint_of
from .keyhash import KeyHash
from .keys import NewKey, inserting
from .node import Node, Tenant
from .problems import Problem, invalid

# In memory at a time of a batch: what the writer takes into one COMMIT.
_TOGETHER = 250
_TRIES = 8


class NewImport(Redacted, frozen=True):
    """A raw key, or a hash where no more is known, and what it may do from now on."""

    raw_key: str
    terms: NewKey
    known: KeyHash | None = None


async def import_key(node: Node, tenant: Tenant, new: NewImport, caller: str) -> StoredKey:
    """Import a key; the one that a used `request_id` made, where it was for the same key.

    Raises Problem, StoreError, and ValueError for a tenant that takes no imported keys.
    """
    index, _ = _index(tenant)
    if new.known is None:
        _require_foreign(tenant, "raw_key", new.raw_key)
        return await _insert(node, tenant, new, caller)
    _require_foreign(tenant, "key_hash.lookup", new.known.lookup)
    async with admitted(node, tenant, index, new.known):
        return await _insert(node, tenant, new, caller)


async def _insert(node: Node, tenant: Tenant, new: NewImport, caller: str) -> StoredKey:
    index, seals = _index(tenant)
    # It may be there under a kind of hash that another node was the first to import.
    await node.feed.join(JOIN_S)
    at, stands = node.now(), standing(index, new.raw_key, new.known)
    for _ in range(_TRIES):
        row = _row(node, tenant, new.terms, at, index.master_id, stands)
        key = msgspec.structs.replace(row, hint=hint_of(new.raw_key))
        if new.known is not None and new.known.slow is not None:
            sealed = seals.seal(key.key_id, new.known.slow)
            key = msgspec.structs.replace(key, hash_sealed=sealed)
        request_id = new.terms.request_id
        change = inserting(node, tenant, key, "key.import", caller, request_id)
        try:
            absent = (stands.digest, *stands.others)
            await node.commit(msgspec.structs.replace(change, absent=absent))
            return key
        except IssuedTooEarly as refused:
            at = refused.floor
        except KeyExists as exists:
            other = exists.key_id and await node.store.get(tenant.name, exists.key_id)
            raise taken(index, new.raw_key, new.known, other or None) from None
        except RequestReplayed as replayed:
            return await _replayed(node, tenant, replayed.key_id, stands)
    raise Problem("CONFLICT", "Its actor is being revoked again and again. Try again shortly.")


async def import_batch(
    node: Node, tenant: Tenant, items: Sequence[NewImport | Problem], caller: str
) -> list[StoredKey | BaseException]:
    """Import what is no Problem yet; for each item its key or why there is none, in order.

    Of two items with the same raw key or `request_id` the later one is refused, naming the first.
    """
    told = iter(_repeats_refused(_index(tenant)[0], items))
    done: list[StoredKey | BaseException] = []
    while some := list(itertools.islice(told, _TOGETHER)):
        asked = [_import(node, tenant, each, caller) for each in some]
        done += await asyncio.gather(*asked, return_exceptions=True)
    return done


async def _import(node: Node, tenant: Tenant, item: NewImport | Problem, caller: str) -> StoredKey:
    if isinstance(item, Problem):
        raise item
    return await import_key(node, tenant, item, caller)


def _repeats_refused(
    index: ImportIndex, items: Sequence[NewImport | Problem]
) -> list[NewImport | Problem]:
    checked: list[NewImport | Problem] = []
    keys: dict[bytes, int] = {}
    request_ids: dict[str, int] = {}
    for number, item in enumerate(items):
        if isinstance(item, NewImport):
            digest = standing(index, item.raw_key, item.known).digest
            same = keys.setdefault(digest, number)
            asked = request_ids.setdefault(item.terms.request_id or f"\0{number}", number)
            if same != number:
                message = f"This key is that of requests[{same}] of the same batch."
                item = Problem("API_KEY_EXISTS", message)
            elif asked != number:
                item = invalid("request_id", f"is that of requests[{asked}] of the same batch")
        checked.append(item)
    return checked


def _index(tenant: Tenant) -> tuple[ImportIndex, HashSeals]:
    if tenant.index is None or tenant.seals is None:
        raise ValueError(f"no key is imported into tenant {tenant.name}")
    return tenant.index, tenant.seals


def _require_foreign(tenant: Tenant, field: str, raw_key: str) -> None:
    """Raise Problem 409 for what would never be looked up as an imported key."""
    if looks_like_jwt(raw_key) or raw_key.startswith(tenant.derived):
        message = (
            f"{field} is a derived token, or looks like one: it is judged as that, never looked up."
        )
        raise Problem("FAILED_PRECONDITION", message, {"field": field})
    if tenant.routing is None or not tenant.routing.is_imported(raw_key):
        message = (
            f"{field} is an issued key, or looks like one: it is judged as that, never looked up."
        )
        raise Problem("CONFLICT", message, {"field": field})


def _row(
    node: Node, tenant: Tenant, terms: NewKey, at: int, master_id: int, stands: Standing
) -> StoredKey:
    ttl = tenant.settings.default_ttl if terms.ttl is None else terms.ttl
    require_at_most(tenant.settings.max_ttl, ttl)
    ms = node.now_ms()
    return StoredKey(
        tenant=tenant.name,
        key_id=uuid.uuid4().bytes,
        kind=KeyKind.IMPORTED,
        master_id=master_id,
        issued_at=at,
        name=terms.name,
        actor=terms.actor,
        scopes=terms.scopes,
        metadata=terms.metadata,
        networks=terms.networks,
        limit=terms.limit,
        visibility=terms.visibility,
        expires_at=node.now() + ttl,  # from now, however far a revocation put `at` forward
        created_ms=ms,
        updated_ms=ms,
        digest=stands.digest,
        hash_digest=None if stands.kind is None else stands.digest,
        hash_kind=stands.kind,
    )


async def _replayed(node: Node, tenant: Tenant, key_id: bytes, stands: Standing) -> StoredKey:
    key = await node.store.get(tenant.name, key_id)
    if key is None or {key.digest, key.hash_digest}.isdisjoint((stands.digest, *stands.others)):
        raise Problem("CONFLICT", "This request_id was used for another key. Send a new one.")
    return key
