"""Verdicts in JSON, each encoded once for as long as the same would be said."""

import msgspec

from engine import Grant
from server.answers import granted
from server.node import Node, Tenant
from storage.base import StoredKey

VERDICTS = 100_000

Facts = tuple[object, ...]


class Verdicts:
    """The encoded answers for what one tenant granted, so many at most.

    An answer is a function of what the verifier found and of the key's row, and both are compared:
    what is kept here decides nothing.
    """

    def __init__(self, node: Node, tenant: Tenant, most: int = VERDICTS) -> None:
        self._node = node
        self._tenant = tenant
        self._most = most
        self._kept: dict[bytes, tuple[Facts, StoredKey | None, bytes]] = {}

    def of(self, grant: Grant) -> bytes | None:
        """The answer for a grant, or None where it says more than the body of a response."""
        key = None if grant.grant_id else self._tenant.records.key(grant.key_id)
        if key is not None and key.limit is not None:
            return None
        facts = (grant.expires_at, grant.scopes, grant.actor, grant.audiences, grant.delegates,
                 grant.claims, grant.visibility, grant.key_id)  # fmt: skip
        last = grant.revocation_ids[-1] if grant.revocation_ids else grant.grant_id or grant.key_id
        kept = self._kept.get(last)
        if kept is not None and kept[1] is key and kept[0] == facts:
            return kept[2]
        body = msgspec.json.encode(granted(self._node, self._tenant, grant))
        if len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[last] = facts, key, body
        return body
