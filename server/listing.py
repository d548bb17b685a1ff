"""One page of a tenant's keys of one kind, as a query asks for it."""

from storage.base import KeyFilter, KeyKind, StoredKey

from .changing import is_revoked
from .filters import parse_filter
from .node import Node, Tenant
from .query import integer, parse_query

# A suspended key reads REVOKED, and a store tells the two apart.
_STORED = {"revoked": ("revoked", "suspended")}


async def page(
    node: Node, tenant: Tenant, kind: KeyKind, raw_query: bytes
) -> tuple[list[StoredKey], str]:
    """The keys, by descending id, and the token of the next page, "" where there is none.

    Keys that a revocation of their actor or tenant killed are no longer among the active and the
    expired; until their rows are marked a page of those may be short. Raises Problem 400,
    StoreError.
    """
    query = parse_query(raw_query)
    size = integer(query, "page_size", 0)
    size = min(size, 1000) if size > 0 else 50
    spelled = query.get("filter", "")
    asked = parse_filter(spelled)
    listing = f"{kind.name.lower()} {spelled}"
    before = node.pager.last(query.get("page_token", ""), tenant=tenant.name, listing=listing)
    found: list[StoredKey] = []
    for status in _STORED.get(asked.status or "", (asked.status,)):
        which = KeyFilter(now=node.now(), kind=kind, actor=asked.actor, status=status)
        found += await node.store.list(tenant.name, which, limit=size + 1, before=before)
    found.sort(key=lambda key: key.key_id, reverse=True)
    token = ""
    if len(found) > size:
        found = found[:size]
        token = node.pager.token(found[-1].key_id, tenant=tenant.name, listing=listing)
    if asked.status in ("active", "expired"):
        found = [key for key in found if not is_revoked(tenant, key)]
    return found, token
