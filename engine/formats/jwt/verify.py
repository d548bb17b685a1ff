"""Verification of a JWT. The order is fixed: text, header, key, signature, claims, issuer, tenant,
denylist, end of the signing key, not before, expiry, network, scopes, audience.

The signature takes the chain's place; from the denylist on a JWT is judged as a native grant is.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from jwt import PyJWS, PyJWTError

from engine import revoked, terms
from engine.access import Access
from engine.authentic import Authentic
from engine.denylist import Denying
from engine.errors import BadTail, MalformedToken, TokenError, TokenExpired, UnknownKey
from engine.explain import Explanation, Step, step
from engine.formats.sealed import unseal
from engine.grant import Grant
from engine.header import GrantHeader
from engine.terms import Terms

from . import claims, compact
from .keys import VerifyingKey

_jws = PyJWS(algorithms=["EdDSA", "RS256"])


class _Signed(NamedTuple):
    """A JWT whose signature held, and the key that it held under."""

    head: GrantHeader
    key: VerifyingKey


class JwtVerifier:
    """Verifies the JWTs of one tenant. Holds no per-request state; has no clock, does no I/O.

    keys: all that may have signed a live token. issuers: the `iss` accepted, retired ones too.
    denylist: what is revoked; `NoDenylist()` must be said out loud. leeway: seconds by which the
    clock may be behind, for nbf only.
    """

    def __init__(
        self,
        keys: Iterable[VerifyingKey],
        *,
        tenant: str,
        epoch: int = 0,
        issuers: Collection[str],
        denylist: Denying,
        leeway: int = 60,
    ) -> None:
        if isinstance(issuers, str):
            raise TypeError("issuers is a collection of texts, not one text")
        self._keys = {key.kid: key for key in keys}
        self._tenant = tenant
        self._epoch = epoch
        self._issuers = frozenset(issuers)
        self._denylist = denylist
        self._leeway = leeway

    def verify(self, token: str, access: Access) -> Grant:
        """What the token allows. Raises TokenError."""
        signed = self._signed(token)
        allowed = self._standing(signed, access.now)
        for refusal in terms.refusals(allowed, access):
            raise refusal
        return self._conclude(signed.head)

    def explain(self, token: str, access: Access) -> Explanation:
        """Every check in order. Raises nothing."""
        steps: list[Step] = []
        try:
            signed = self._signed(token)
            steps.append(step("signature", None))
            allowed = self._standing(signed, access.now)
            steps.append(step("standing", None))
        except TokenError as refusal:
            steps.append(step("standing" if steps else "signature", refusal))
            return Explanation(tuple(steps))
        refusals = list(terms.refusals(allowed, access))
        steps += [step("terms", refusal) for refusal in refusals] or [step("terms", None)]
        return Explanation(tuple(steps))

    def authenticate(self, token: str) -> Authentic:
        """The token as a grant, its signature checked and nothing else. Raises TokenError."""
        return _authentic(self._signed(token).head)

    def _signed(self, token: str) -> _Signed:
        said = compact.split(token)
        key = self._keys.get(said.kid)
        if key is None:
            raise UnknownKey("no key known here made this token")
        if said.algorithm != key.algorithm:
            raise MalformedToken("the JWT names another algorithm than its key's")
        try:
            payload = _jws.decode(token, key.public, [key.algorithm])
        except PyJWTError:
            raise BadTail() from None
        head = claims.read(payload, issuers=self._issuers, tenant=self._tenant, epoch=self._epoch)
        return _Signed(head, key)

    def _standing(self, signed: _Signed, now: int) -> Terms:
        head, authentic = signed.head, _authentic(signed.head)
        revoked.check_ids(authentic, self._denylist)
        if signed.key.ended(now):
            raise UnknownKey("no key known here made this token")
        allowed = terms.of_header(head, now, self._leeway)
        revoked.check_values(authentic, allowed, self._denylist, self._tenant, now)
        if now >= head.expires_at:
            raise TokenExpired(head.expires_at)
        return allowed

    def _conclude(self, head: GrantHeader) -> Grant:
        return Grant(
            tenant=self._tenant,
            key_id=head.key_id,
            key_issued_at=head.key_issued_at,
            generation=head.generation,
            grant_id=head.grant_id,
            actor=head.actor,
            scopes=head.scopes,
            audiences=head.audiences or (),
            expires_at=head.expires_at,
            sealed=True,
            visibility=unseal(head.claims).vis,
            delegates=(),
            revocation_ids=(),
            claims=head.claims,
            limit=None,
        )


def _authentic(head: GrantHeader) -> Authentic:
    # Sealed: nobody can append to it.
    return Authentic(prefix="", header=head, blocks=(), revocation_ids=(), sealed=True)
