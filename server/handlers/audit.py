"""The audit log: who did what, the newest first, and the heads that prove later that it is whole.

The chain itself is walked offline, by `marzipan audit verify`: whoever had broken into a server
would answer for it here.
"""

import msgspec

from server.asgi import Request, Response, json_response
from server.keyids import kept, respelled
from server.node import Node, Tenant
from server.problems import invalid
from server.query import integer, parse_query
from server.schemas import limits
from server.schemas.service import AuditEntry, AuditHead, AuditHeads, AuditPage
from server.timestamps import from_ms
from storage.base import AuditPosition, AuditRow

_IDS = ("key_id", "key_ids", "grant_id")  # in the detail of a row
_NO_STORE = ((b"cache-control", b"no-store"),)


class Audit:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def list(self, request: Request) -> Response:
        """The rows of one tenant: of the one that is served, or of the admin keys'."""
        query = parse_query(request.query)
        size = integer(query, "page_size", 0)
        size = min(size, 1000) if size > 0 else 100
        node = self._node
        tenant = query.get("tenant", "") or self._tenant.name
        # Who administers one tenant is told of no admin keys but by what they did to it.
        others = () if request.bound else (node.system.name,)
        if tenant not in (self._tenant.name, *others):
            known = " or ".join((*others, "the tenant that is served here"))
            raise invalid("tenant", f"must be {known}")
        target = query.get("target")
        if target is not None:
            limits.texts("target", (target,))
            target = kept(target)
        listing = "audit" if target is None else f"audit {target}"
        before = node.pager.last(query.get("page_token", ""), tenant=tenant, listing=listing)
        position = None if before is None else _position(before)
        found = await node.store.audit(tenant, limit=size + 1, before=position, target=target)
        page, token = found[:size], ""
        if len(found) > size:
            token = node.pager.token(_packed(page[-1]), tenant=tenant, listing=listing)
        return json_response(200, AuditPage(tuple(map(_told, page)), token), _NO_STORE)

    async def heads(self, request: Request) -> Response:
        """The last row of every shard that has any, in the form that `audit verify` takes."""
        heads = await self._node.store.audit_heads()
        told = (AuditHead(head.shard, head.seq, head.hash.hex()) for head in heads if head.seq)
        return json_response(200, AuditHeads(tuple(told)), _NO_STORE)


def _told(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        position=f"{row.shard}:{row.seq}",
        time=from_ms(row.at_ms),
        action=row.action,
        caller=respelled(row.caller),
        target=respelled(row.target),
        detail=_detail(row.detail),
        hash=row.hash.hex(),
    )


def _detail(detail: bytes) -> object:
    try:
        told = msgspec.json.decode(detail)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # not written here: the rest of the page is to be seen all the same
    if isinstance(told, dict):
        told |= {name: _ids(told[name]) for name in _IDS if name in told}
    return told


def _ids(value: object) -> object:
    if isinstance(value, list):
        return [_ids(each) for each in value]
    return respelled(value) if isinstance(value, str) else value


def _packed(row: AuditRow) -> bytes:
    return msgspec.msgpack.encode(tuple(row.position))


def _position(packed: bytes) -> AuditPosition:
    return AuditPosition(*msgspec.msgpack.decode(packed, type=tuple[int, int, int]))
