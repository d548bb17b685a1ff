"""The claims of a JWT and the header of a grant: one says in JSON what the other does in msgpack.

    jti grant id      sub key id     iss issuer     aud audiences   iat nbf exp Unix seconds
    act actor         nid tenant     scp scopes     acl networks    meta vis custom: see `sealed`
    key_issued_at, generation, tenant_epoch: by these a JWT dies with its key, siblings and tenant

The issuer never writes an empty value, so that absent has one spelling.
"""

from collections.abc import Collection
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine import limits
from engine.errors import MalformedToken, UnknownKey
from engine.formats.sealed import RESERVED, Sealed, seal, unseal
from engine.header import Epoch, GrantHeader, Text, Uint
from engine.networks import cidr, spell
from engine.types import Visibility

from . import strictjson

# A JWT is made under a signing key, and under no master secret.
NO_MASTER = 0

_Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", max_length=36)]


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The issuer's own claims. Unset is absent; null is refused, it could pass for unrestricted."""

    jti: _Uuid
    sub: _Uuid
    iss: str
    iat: Uint
    nbf: Uint
    exp: Uint
    nid: str
    tenant_epoch: Epoch
    key_issued_at: Uint
    generation: Uint
    vis: Literal["secret", "public"]
    aud: Annotated[tuple[Text, ...], Meta(min_length=1)] | UnsetType = UNSET
    act: Text = ""
    scp: tuple[Text, ...] = ()
    acl: Annotated[tuple[Text, ...], Meta(min_length=1)] | UnsetType = UNSET
    meta: dict[str, Any] | UnsetType = UNSET

    def header(self, custom: dict[str, Any]) -> GrantHeader:
        """The grant that these claims are. Raises ValueError."""
        if self.nbf != self.iat:
            raise ValueError("nbf is not iat")
        audiences = None if self.aud is UNSET else self.aud
        if any(
            len(text.encode()) > limits.STRING for text in (self.act, *self.scp, *(audiences or ()))
        ):
            raise ValueError("a text is too long")
        meta = None if self.meta is UNSET else self.meta
        return GrantHeader(
            NO_MASTER,
            self.tenant_epoch,
            UUID(self.sub).bytes,
            self.key_issued_at,
            self.generation,
            UUID(self.jti).bytes,
            self.iat,
            self.exp,
            self.act,
            self.scp,
            None if self.acl is UNSET else tuple(map(_network, self.acl)),
            audiences,
            seal(Sealed(meta, custom, Visibility[self.vis.upper()])),
        )


def write(head: GrantHeader, *, issuer: str, tenant: str) -> bytes:
    """The payload for a grant. Raises ValueError where `read` would refuse it."""
    sealed = unseal(head.claims)
    if taken := RESERVED & sealed.custom.keys():
        raise ValueError(f"the claim {min(taken)} is reserved")
    optional = {
        "aud": head.audiences,
        "act": head.actor,
        "scp": head.scopes,
        "meta": sealed.meta,
        "acl": None if head.cidrs is None else [spell(network) for network in head.cidrs],
    }
    payload = {
        "jti": str(UUID(bytes=head.grant_id)),
        "sub": str(UUID(bytes=head.key_id)),
        "iss": issuer,
        "iat": head.issued_at,
        "nbf": head.issued_at,
        "exp": head.expires_at,
        "nid": tenant,
        "tenant_epoch": head.tenant_epoch,
        "key_issued_at": head.key_issued_at,
        "generation": head.generation,
        "vis": sealed.vis.name.lower(),
        **{name: value for name, value in optional.items() if value},
        **sealed.custom,
    }
    data = msgspec.json.encode(payload)
    try:
        again = read(data, issuers=(issuer,), tenant=tenant, epoch=head.tenant_epoch)
    except MalformedToken as error:
        raise ValueError(str(error)) from None
    # An empty list of networks or audiences restricts to nothing; left out it would restrict not.
    if (again.cidrs, again.audiences) != (head.cidrs, head.audiences):
        raise ValueError("an empty list of networks or audiences is refused")
    return data


def parse(data: bytes) -> tuple[Claims, GrantHeader]:
    """The claims of a payload, and the grant that they are. Raises MalformedToken."""
    try:
        payload = strictjson.loads(data)
        custom = {name: value for name, value in payload.items() if name not in RESERVED}
        ours = {name: value for name, value in payload.items() if name in RESERVED}
        claims = msgspec.convert(ours, Claims)
        return claims, claims.header(custom)
    except (ValueError, RecursionError):  # msgspec.ValidationError quotes what it refuses
        raise MalformedToken("the JWT's claims are not those of a derived token") from None


def read(data: bytes, *, issuers: Collection[str], tenant: str, epoch: int) -> GrantHeader:
    """The grant that a payload is. Raises MalformedToken, or UnknownKey where it is not ours."""
    claims, head = parse(data)
    if claims.iss not in issuers or claims.nid != tenant or claims.tenant_epoch != epoch:
        raise UnknownKey("no key known here made this token")
    return head


def _network(text: str) -> bytes:
    packed = cidr(text)
    if spell(packed) != text:
        raise ValueError("a network in another spelling")
    return packed
