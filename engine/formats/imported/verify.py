"""Verification of imported keys, in the order of native ones.

1. Digest, id; denylist; record; tenant, actor, end; status, expiry; terms.
2. A record is an imported key's only if its master id is IMPORTED, which no header can name: so no
   native key and no key of another system is ever judged by it, and none of theirs is read here.
3. Nothing is compared in constant time, and nothing needs to be. A lookup may tell how far a digest
   agrees with one that is stored; who can't make digests can neither choose one nor learn from that
   which raw key to try next, as any two raw keys have digests that have nothing to do with each
   other.
4. Nothing is ever fetched: who gets DigestNeeded or RecordNeeded looks it up and calls again.
"""

from collections.abc import Mapping
from typing import Protocol

from engine import revoked, terms
from engine.access import Access
from engine.authentic import Authentic
from engine.denylist import Denying
from engine.errors import RecordNeeded, TokenError, TokenExpired, TokenRevoked, UnknownKey
from engine.explain import Explanation, Step, step
from engine.grant import Grant
from engine.header import KeyHeader
from engine.record import KeyRecord
from engine.terms import Terms
from engine.types import IMPORTED, KeyStatus

from .index import ImportIndex


class DigestNeeded(Exception):
    """Which key has one of these digests (32 bytes each) is not in memory: look it up, try again.

    Not a TokenError: it says nothing about the text. `ids` is to know the answer under the first.
    """

    def __init__(self, digests: tuple[bytes, ...]) -> None:
        super().__init__("whose digest this is, is not in memory")
        self.digests = digests


class KeyIds(Protocol):
    """Digest -> key id, None where it is known that no key has it; a dict will do."""

    def __getitem__(self, digest: bytes, /) -> bytes | None: ...


class ImportedVerifier:
    """Verifies the imported keys of one tenant. No per-request state, no I/O.

    `records` and `denylist` are those of the tenant's native verifier.
    """

    def __init__(
        self,
        tenant: str,
        index: ImportIndex,
        *,
        denylist: Denying,
        records: Mapping[bytes, KeyRecord],
        ids: KeyIds,
    ) -> None:
        self._tenant = tenant
        self._index = index
        self._denylist = denylist
        self._records = records
        self._ids = ids

    def authenticate(self, text: str) -> Authentic:
        """The header of a key with this text, whatever has become of the key since.

        Raises TokenError, DigestNeeded, or RecordNeeded.
        """
        key_id = self._key_id(text)
        return _authentic(key_id, self._record(key_id).issued_at)

    def verify(self, text: str, access: Access) -> Grant:
        """What the key allows. Raises TokenError, DigestNeeded, or RecordNeeded."""
        key_id = self._key_id(text)
        allowed = self._standing(key_id, access.now)
        for refusal in terms.refusals(allowed, access):
            raise refusal
        return Grant(
            tenant=self._tenant,
            key_id=key_id,
            key_issued_at=allowed.key_issued_at,
            generation=allowed.generation,
            grant_id=None,
            actor=allowed.actor,
            scopes=allowed.scopes,
            audiences=(),
            expires_at=allowed.expires_at,
            sealed=False,
            visibility=allowed.visibility,
            delegates=(),
            revocation_ids=(),
            claims=b"",
            limit=allowed.limit,
        )

    def explain(self, text: str, access: Access) -> Explanation:
        """Every check in order, as `Verifier.explain` does; the first one is "lookup".

        Raises DigestNeeded or RecordNeeded, not TokenError.
        """
        steps: list[Step] = []
        try:
            key_id = self._key_id(text)
            steps.append(step("lookup", None))
            allowed = self._standing(key_id, access.now)
            steps.append(step("standing", None))
        except TokenError as refusal:
            steps.append(step(("lookup", "standing")[len(steps)], refusal))
            return Explanation(tuple(steps))
        refusals = list(terms.refusals(allowed, access))
        steps += [step("terms", refusal) for refusal in refusals] or [step("terms", None)]
        return Explanation(tuple(steps))

    def _key_id(self, text: str) -> bytes:
        try:
            key_id = self._ids[self._index.digest(text)]
        except KeyError:
            raise DigestNeeded(self._index.digests(text)) from None
        if key_id is None:
            raise _unknown()
        return key_id

    def _record(self, key_id: bytes) -> KeyRecord:
        record = self._records.get(key_id)
        if record is None:
            raise RecordNeeded(key_id)
        if record.master_id != IMPORTED:
            raise _unknown()
        return record

    def _standing(self, key_id: bytes, now: int) -> Terms:
        # When it was issued is in its record alone, and does not matter to what stands by its id.
        revoked.check_ids(_authentic(key_id, 0), self._denylist)
        allowed = terms.of_record(self._record(key_id))
        head = _authentic(key_id, allowed.key_issued_at)
        revoked.check_values(head, allowed, self._denylist, self._tenant, now)
        if allowed.status != KeyStatus.ACTIVE:
            raise TokenRevoked("key", key_id)
        if now >= allowed.expires_at:
            raise TokenExpired(allowed.expires_at)
        return allowed


def _authentic(key_id: bytes, issued_at: int) -> Authentic:
    head = KeyHeader(master_id=IMPORTED, tenant_epoch=0, key_id=key_id, issued_at=issued_at)
    return Authentic(prefix="", header=head, blocks=(), revocation_ids=(), sealed=False)


def _unknown() -> UnknownKey:
    return UnknownKey("no key known here made this token")
