"""The answer to a plain `:verify`, whole and at once, or None where the ordinary road is to say it.

The ordinary road asks the same verifiers in the same order, and refuses what is refused here: it
tells why, counts, waits and logs. Here is only what most requests need.
"""

import re

from engine import Access, TokenError
from engine.errors import RecordNeeded
from server.auth import VERIFY
from server.node import Node
from server.problems import Problem

from .framing import Common, Framing
from .heads import Head, Heads
from .verdicts import Verdicts

PATH = "/v2alpha1/admin/apiKeys:verify"
BODY_LIMIT = 65_536
_PLAIN = re.compile(rb'\s*\{\s*"credential"\s*:\s*"([A-Za-z0-9._-]{1,8192})"\s*\}\s*')
_ADDRESSES = 1024


class Road:
    """Over one node; shared by all connections of its process."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._system = node.system
        self._tenant = node.tenant
        self._verdicts = Verdicts(node, node.tenant)
        self._framing = Framing()
        self.heads = Heads()
        self._at = 0
        self._accesses: dict[tuple[str | None, bytes | None], tuple[Access, Access]] = {}

    def answer(self, head: Head, body: bytes, peer: str | None, common: Common) -> bytes | None:
        """The whole response; `common` are the headers that go first in every answer."""
        plain = _PLAIN.fullmatch(body)
        if plain is None:
            return None
        admin, access = self._access(peer, head.forwarded)
        system, tenant = self._system, self._tenant
        try:
            caller = system.verifier.verify(head.admin, admin)
            if caller.grant_id is not None or system.spending.take():
                return None
            grant = tenant.verifier_for(text := plain[1].decode()).verify(text, access)
        except (TokenError, RecordNeeded, Problem):
            return None
        if tenant.spending.take():
            return None
        verdict = self._verdicts.of(grant)
        if verdict is None:
            return None
        self._node.used(system.name, caller.key_id)
        self._node.used(tenant.name, grant.key_id)
        return self._framing.frame(verdict, head.request_id, common)

    def _access(self, peer: str | None, forwarded: bytes | None) -> tuple[Access, Access]:
        """The facts of the request, as the admin key and as the credential is judged by."""
        now = self._node.now()
        if now != self._at or len(self._accesses) >= _ADDRESSES:
            self._accesses.clear()
            self._at = now
        found = self._accesses.get((peer, forwarded))
        if found is None:
            ip = self._node.proxies.client(peer, forwarded)
            admin = Access(now=now, client_ip=ip, method="POST", path=PATH, scopes=(VERIFY,))
            found = admin, Access(now=now, client_ip=ip)
            self._accesses[peer, forwarded] = found
        return found
