"""Verification of Talos credentials, in the order of native ones.

1. Every byte is authenticated before any meaning is read from it.
2. text, secret, prefix; denylist; record; tenant, actor and generation; status, expiry; terms.
3. A record is a Talos key's only if its master id is ELSEWHERE, which no native header can name.
4. Unknown key, wrong secret, wrong prefix and wrong age are one answer.
"""

from collections.abc import Iterator, Mapping

from engine import revoked, terms
from engine.access import Access
from engine.authentic import Authentic
from engine.denylist import Denying
from engine.errors import (
    MalformedToken,
    RecordNeeded,
    TokenError,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
)
from engine.explain import Explanation, Step, step
from engine.grant import Grant
from engine.header import KeyHeader
from engine.terms import Terms
from engine.types import ELSEWHERE, KeyRecord, KeyStatus

from . import issued
from .installation import Installation


class TalosVerifier:
    """Verifies what one Talos installation issued, for one tenant. No per-request state, no I/O.

    `records` and `denylist` are those of the tenant's native verifier.
    """

    def __init__(
        self,
        tenant: str,
        installation: Installation,
        *,
        denylist: Denying,
        records: Mapping[bytes, KeyRecord],
    ) -> None:
        self._tenant = tenant
        self._old = installation
        self._denylist = denylist
        self._records = records

    def takes(self, text: str) -> bool:
        """Whether the text has the form of one of these credentials, genuine or not."""
        return issued.split(text) is not None

    def authenticate(self, text: str, now: int) -> Authentic:
        """The key's header, checksum checked and nothing else. Raises TokenError.

        The prefix is what it was minted with, so there are no blocks and no revocation ids.
        """
        key = issued.split(text)
        if key is None:
            raise MalformedToken("the text is no credential of the old installation")
        issued.require_genuine(key, self._old.secrets, now)
        if key.prefix not in self._old.prefixes.issued:
            raise _unknown()
        head = KeyHeader(
            master_id=ELSEWHERE, tenant_epoch=0, key_id=key.key_id, issued_at=key.issued_at
        )
        return Authentic(prefix=key.prefix, header=head, blocks=(), revocation_ids=(), sealed=False)

    def verify(self, text: str, access: Access) -> Grant:
        """What the credential allows. Raises TokenError, or RecordNeeded."""
        authentic = self.authenticate(text, access.now)
        allowed = self._standing(authentic, access.now)
        for refusal in terms.refusals(allowed, access):
            raise refusal
        return self._grant(authentic, allowed)

    def explain(self, text: str, access: Access) -> Explanation:
        """Every check in order, as `Verifier.explain` does. Raises RecordNeeded, not TokenError."""
        steps: list[Step] = []
        try:
            authentic = self.authenticate(text, access.now)
            steps.append(step("chain", None))
            allowed = self._standing(authentic, access.now)
            steps.append(step("standing", None))
        except TokenError as refusal:
            steps.append(step(("chain", "standing")[len(steps)], refusal))
            return Explanation(tuple(steps))
        refusals = list(terms.refusals(allowed, access))
        steps += [step("terms", refusal) for refusal in refusals] or [step("terms", None)]
        return Explanation(tuple(steps))

    def _standing(self, authentic: Authentic, now: int) -> Terms:
        head = authentic.header
        revoked.check_ids(authentic, self._denylist)
        record = self._record(head.key_id)
        if isinstance(head, KeyHeader) and record.issued_at != head.issued_at:
            raise _unknown()
        age = now - record.issued_at
        if not -self._old.clock_skew <= age <= self._old.max_ttl:
            raise _unknown()
        allowed = _of_record(record)
        revoked.check_values(authentic, allowed, self._denylist, self._tenant, now)
        if allowed.status != KeyStatus.ACTIVE:
            raise TokenRevoked("key", head.key_id)
        if now >= allowed.expires_at:
            raise TokenExpired(allowed.expires_at)
        return allowed

    def _record(self, key_id: bytes) -> KeyRecord:
        record = self._records.get(key_id)
        if record is None:
            raise RecordNeeded(key_id)
        if record.master_id != ELSEWHERE:
            raise _unknown()
        return record
