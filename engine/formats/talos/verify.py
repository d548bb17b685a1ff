"""Verification of Talos credentials, in the order of native ones.

1. Every byte is authenticated before any meaning is read from it.
2. Text, secret, prefix; age; denylist; record; tenant, actor and generation; status, expiry;
   terms; later caveats.
3. A record is a Talos key's only if its master id is ELSEWHERE, which no native header can name.
4. A macaroon needs its key's record: it dies with its key, however that dies.
5. A later caveat can only take away, and one that is not understood takes everything away.
6. Unknown key, wrong secret, wrong prefix, wrong age and wrong tenant are one answer.
"""

from collections.abc import Iterator, Mapping

from engine import revoked, terms
from engine.access import Access
from engine.authentic import Authentic
from engine.denylist import Denying
from engine.errors import (
    CaveatUnmet,
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
from engine.record import KeyRecord
from engine.terms import Terms
from engine.types import ELSEWHERE, KeyStatus

from . import claims, issued, macaroon
from .claims import Narrowing
from .grant import conclude, of_macaroon
from .installation import Installation


class TalosVerifier:
    """Verifies what one Talos installation issued, for one tenant. No per-request state, no I/O.

    `records` and `denylist` are those of the tenant's native verifier. A caveat is named by its
    position in the macaroon, as the `block` of errors and steps: 0 is the issuer's.
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
        """Whether the text is shaped like one of these credentials, genuine or not.

        Native prefixes come first, and are for the caller to look at. What only looks like an
        issued key, but names none, is not taken: it may be a key of yet another system.
        """
        return macaroon.start_of(text, self._old) is not None or issued.split(text) is not None

    def authenticate(self, text: str, now: int) -> Authentic:
        """The header and the revocation ids, all bytes checked and nothing else.

        An issued key has no blocks; the blocks of a macaroon are its caveats. Raises TokenError.
        """
        return self._read(text, now)[0]

    def verify(self, text: str, access: Access) -> Grant:
        """What the credential allows. Raises TokenError, or RecordNeeded."""
        authentic, not_before = self._read(text, access.now)
        allowed = self._standing(authentic, access.now)
        for refusal in self._refusals(allowed, not_before, access):
            raise refusal
        narrowings = [self._narrowing(*each) for each in enumerate(authentic.blocks[1:], 1)]
        for position, narrowing in enumerate(narrowings, 1):
            for refused in narrowing.refusals(access, position, self._old.clock_skew):
                raise refused
        return conclude(self._tenant, authentic, allowed, narrowings)

    def explain(self, text: str, access: Access) -> Explanation:
        """Every check in order, as `Verifier.explain` does. Raises RecordNeeded, not TokenError."""
        steps: list[Step] = []
        try:
            authentic, not_before = self._read(text, access.now)
            steps.append(step("chain", None))
            allowed = self._standing(authentic, access.now)
            steps.append(step("standing", None))
        except TokenError as refusal:
            steps.append(step(("chain", "standing")[len(steps)], refusal))
            return Explanation(tuple(steps))
        refusals = list(self._refusals(allowed, not_before, access))
        steps += [step("terms", refusal) for refusal in refusals] or [step("terms", None)]
        for position, data in enumerate(authentic.blocks[1:], 1):
            steps += self._steps(position, data, access)
        return Explanation(tuple(steps))

    def _read(self, text: str, now: int) -> tuple[Authentic, int | None]:
        """What is authentic, and from when on it is good."""
        if start := macaroon.start_of(text, self._old):
            opened = macaroon.open_(text, start, self._old, now)
            return opened.authentic, opened.granted.limits.not_before
        key = issued.split(text)
        if key is None:
            raise MalformedToken("the text is no credential of the old installation")
        issued.require_genuine(key, self._old.secrets, now)
        if key.prefix not in self._old.prefixes.issued:
            raise _unknown()
        head = KeyHeader(
            master_id=ELSEWHERE, tenant_epoch=0, key_id=key.key_id, issued_at=key.issued_at
        )
        return Authentic(
            prefix=key.prefix, header=head, blocks=(), revocation_ids=(), sealed=False
        ), None

    def _standing(self, authentic: Authentic, now: int) -> Terms:
        head = authentic.header
        if isinstance(head, KeyHeader):
            self._require_age(head.issued_at, now)
        revoked.check_ids(authentic, self._denylist)
        record = self._records.get(head.key_id)
        if record is None:
            raise RecordNeeded(head.key_id)
        if record.master_id != ELSEWHERE:
            raise _unknown()
        if isinstance(head, KeyHeader) and not issued.is_second_of(
            head.issued_at, record.issued_at
        ):
            raise _unknown()
        self._require_age(record.issued_at, now)
        key = terms.of_record(record)
        allowed = key if isinstance(head, KeyHeader) else of_macaroon(head, record)
        revoked.check_values(authentic, allowed, self._denylist, self._tenant, now)
        revoked.check_actor(record.actor, key, self._denylist, self._tenant)
        if record.status != KeyStatus.ACTIVE:
            raise TokenRevoked("key", head.key_id)
        if now >= allowed.expires_at:
            raise TokenExpired(allowed.expires_at)
        return allowed

    def _require_age(self, issued_at: int, now: int) -> None:
        if not -self._old.clock_skew <= now - issued_at <= self._old.max_ttl:
            raise _unknown()

    def _refusals(
        self, allowed: Terms, not_before: int | None, access: Access
    ) -> Iterator[CaveatUnmet]:
        if not_before is not None and access.now + self._old.clock_skew < not_before:
            reason = f"not before {not_before}, it is {access.now} (Unix seconds)"
            yield CaveatUnmet(0, None, "Window", reason)
        yield from terms.refusals(allowed, access)

    def _narrowing(self, position: int, data: bytes) -> Narrowing:
        """What a later caveat says. Raises CaveatUnmet where any of it is not understood."""
        try:
            narrowing = claims.appended(data)
        except ValueError:
            reason = "it is not a JSON object of claims that are all understood here"
            raise CaveatUnmet(0, position, "Claims", reason) from None
        if narrowing.issuer not in self._old.issuers:
            raise CaveatUnmet(0, position, "Claims", "it names another issuer")
        if narrowing.nid not in (None, self._old.nid):
            raise CaveatUnmet(0, position, "Claims", "it names another tenant")
        return narrowing

    def _steps(self, position: int, data: bytes, access: Access) -> Iterator[Step]:
        try:
            narrowing = self._narrowing(position, data)
        except CaveatUnmet as unmet:
            yield Step("caveat", unmet.caveat, position, 0, unmet.reason, "CaveatUnmet")
            return
        refusals = list(narrowing.refusals(access, position, self._old.clock_skew))
        for refusal in refusals:
            told = step("caveat", refusal)
            name = told.name if isinstance(refusal, CaveatUnmet) else "Window"
            yield Step("caveat", name, position, 0, told.reason, told.error)
        if not refusals:
            yield Step("caveat", "Claims", position, 0)


def _unknown() -> UnknownKey:
    return UnknownKey("no key known here made this token")
