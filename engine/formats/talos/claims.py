"""The JSON claims in the caveats of a Talos macaroon.

Caveat 0 is the issuer's: it grants, and what is not reserved in it is the issuer's own. Every later
one was appended by a holder and can only take away: Talos itself reads no more of it than issuer
and times, so here a member that is not understood refuses, and none is ever ignored.
"""

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn
from uuid import UUID

import msgspec

from engine import limits, networks, scopes
from engine.access import Access
from engine.errors import CaveatUnmet, MalformedToken, TokenError, TokenExpired
from engine.formats.macaroons import strict_json
from engine.types import Visibility

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CIDR = re.compile(r"[0-9A-Fa-f:.]+/[0-9]{1,3}")
_NARROWING = frozenset({"iss", "nid", "exp", "nbf", "scp", "scope", "aud", "acl"})
_GRANTING = _NARROWING | {"jti", "sub", "iat", "act", "meta", "vis"}
# Names that old releases gave a meaning and none writes: no custom claim either.
_FORMER = frozenset({"akid", "pid", "tty", "oid"})
_VISIBILITY = {"secret": Visibility.SECRET, "public": Visibility.PUBLIC}


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """What the claims of one caveat allow at most; None is no restriction. Times: Unix seconds."""

    issuer: str
    nid: str | None
    not_before: int | None
    expires_at: int | None
    scopes: tuple[str, ...] | None
    audiences: tuple[str, ...] | None
    networks: tuple[bytes, ...] | None

    def refusals(self, access: Access, position: int, skew: int) -> Iterator[TokenError]:
        """Every reason why this caveat, the macaroon's at `position`, refuses the access."""
        if self.expires_at is not None and access.now >= self.expires_at:
            yield TokenExpired(self.expires_at, block=position, index=0)
        if self.not_before is not None and access.now + skew < self.not_before:
            reason = f"not before {self.not_before}, it is {access.now} (Unix seconds)"
            yield CaveatUnmet(0, position, "Window", reason)
        if self.networks is not None:
            if outside := networks.outside(self.networks, access.client_ip):
                yield CaveatUnmet(0, position, "Network", outside)
        if self.scopes is not None:
            if (missing := scopes.uncovered(self.scopes, access.scopes)) is not None:
                yield CaveatUnmet(0, position, "Scopes", f"scope {missing!r} is not covered")
        if self.audiences is not None and access.audience not in self.audiences:
            yield CaveatUnmet(0, position, "Audience", "the audience must be one that it names")


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What the issuer's caveat grants. `parent` is None for the child of an imported key.

    `limits` are its own restrictions; `claims` is its metadata and custom claims as JSON.
    """

    jti: bytes
    parent: bytes | None
    issued_at: int
    expires_at: int
    actor: str
    limits: Narrowing
    claims: bytes


def identifier(data: bytes) -> bytes:
    """The 16 bytes of the `jti` in a macaroon's identifier. Raises ValueError."""
    return _uuid(_members(data).get("jti"))


def granted(data: bytes) -> Granted:
    """The claims of caveat 0. Raises ValueError."""
    members = _members(data)
    if _FORMER & members.keys():
        _refuse("a claim of an older release")
    own = narrowing_of(members)
    sub = _text(members.get("sub"))
    if own.expires_at is None or own.nid is None:
        _refuse("no expiry or no tenant")
    return Granted(
        jti=_uuid(members.get("jti")),
        parent=None if _imported(sub) else _uuid(sub),
        issued_at=_seconds(members.get("iat")),
        expires_at=own.expires_at,
        actor=_text(members.get("act", "")),
        limits=own,
        claims=_sealed(members),
    )


def appended(data: bytes) -> Narrowing:
    """The claims of a later caveat. Raises ValueError where one of them is not understood."""
    members = _members(data)
    if not members.keys() <= _NARROWING:
        _refuse("a member that is not understood")
    if members.get("aud") == [] or members.get("acl") == []:
        _refuse("an empty list, which allows nothing")
    return narrowing_of(members)


def narrowing_of(members: Mapping[str, object]) -> Narrowing:
    """The members that restrict. Talos wants the issuer in every caveat, and so it is here."""
    if "scp" in members and "scope" in members:
        _refuse("its scopes twice")
    scp = "scp" if "scp" in members else "scope"
    aud = members.get("aud")
    audiences = (_text(aud),) if isinstance(aud, str) else _texts(members.get("aud", []))
    return Narrowing(
        issuer=_text(members.get("iss")),
        nid=_text(members["nid"]) if "nid" in members else None,
        not_before=_seconds(members["nbf"]) if "nbf" in members else None,
        expires_at=_seconds(members["exp"]) if "exp" in members else None,
        scopes=_texts(members[scp]) if scp in members else None,
        audiences=audiences or None,
        networks=tuple(map(_network, _texts(members.get("acl", [])))) or None,
    )


def _sealed(members: Mapping[str, object]) -> bytes:
    meta, visibility = members.get("meta"), _text(members.get("vis", "secret"))
    if not isinstance(meta, dict | None) or visibility not in _VISIBILITY:
        _refuse("metadata or visibility of no known form")
    custom = {name: value for name, value in members.items() if name not in _GRANTING}
    # The form in which the server seals the same facts into a native grant.
    return json.dumps({"meta": meta, "custom": custom, "vis": _VISIBILITY[visibility]}).encode()


def _members(data: bytes) -> dict[str, object]:
    try:
        decoded = strict_json.parse(data)
    except MalformedToken:  # of a part; what that means for the whole is for the caller to say
        _refuse("no JSON that can be read in one way only")
    if not isinstance(decoded, dict):
        _refuse("no JSON object")
    return decoded


def _text(value: object) -> str:
    if not isinstance(value, str):
        _refuse("something else where text belongs")
    value.encode()  # a lone surrogate is no text, and raises a ValueError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        _refuse("something else where a list belongs")
    return tuple(map(_text, value))


def _seconds(value: object) -> int:
    if type(value) is not int or not 0 <= value <= limits.INTEGER:
        _refuse("a time that is no whole number of seconds")
    return value


def _uuid(value: object) -> bytes:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        _refuse("something else where a UUID belongs")
    return UUID(value).bytes


def _imported(sub: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", sub) is not None


def _network(text: str) -> bytes:
    # As Talos reads one: host bits are cut off, a length is a must, and it is no netmask.
    if not _CIDR.fullmatch(text):
        _refuse("something else where a network belongs")
    return networks.cidr(str(ipaddress.ip_network(text, strict=False)))


def _refuse(what: str) -> NoReturn:
    raise ValueError(f"the claims have {what}")
