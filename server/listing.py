"""One page of a tenant's keys of one kind, as a query asks for it."""

from storage.base import KeyFilter, KeyKind, StoredKey

from .filters import parse_filter
from .node import Node
from .query import integer, parse_query


async def page(node: Node, kind: KeyKind, raw_query: bytes) -> tuple[list[StoredKey], str]:
    """The keys, by descending id, and the token of the next page, "" where there is none.

    Raises Problem 400, StoreError.
    """
    query, tenant = parse_query(raw_query), node.tenant.name
    size = integer(query, "page_size", 0)
    size = min(size, 1000) if size > 0 else 50
    spelled = query.get("filter", "")
    asked = parse_filter(spelled)
    listing = f"{kind.name.lower()} {spelled}"
    before = node.pager.last(query.get("page_token", ""), tenant=tenant, listing=listing)
    which = KeyFilter(now=node.now(), kind=kind, actor=asked.actor, status=asked.status)
    found = list(await node.store.list(tenant, which, limit=size + 1, before=before))
    if len(found) <= size:
        return found, ""
    return found[:size], node.pager.token(found[size - 1].key_id, tenant=tenant, listing=listing)
