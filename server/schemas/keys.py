"""Request bodies that make a key or change one: issue, rotate, update, revoke."""

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from engine.types import RateLimit
from server.durations import parse_duration
from server.problems import invalid

from . import forms, limits
from .enums import KeyVisibility, RevocationReason
from .parts import Changes, IpRestriction, RateLimitPolicy


class IssueRequest(msgspec.Struct, frozen=True):
    name: forms.Name = ""
    actor_id: forms.Name = ""
    scopes: forms.Scopes = ()
    ttl: forms.Duration | None = None
    metadata: dict[str, Any] | None = None
    rate_limit_policy: RateLimitPolicy | None = None
    ip_restriction: IpRestriction | None = None
    visibility: KeyVisibility = KeyVisibility.UNSPECIFIED
    request_id: Annotated[str, forms.form(maxLength=limits.REQUEST_ID)] = ""

    def __post_init__(self) -> None:
        limits.name(self.name)
        limits.actor(self.actor_id)
        limits.scopes("scopes", self.scopes)
        limits.text("request_id", self.request_id, chars=limits.REQUEST_ID)
        limits.json_object("metadata", self.metadata)
        self.ttl_seconds()

    def ttl_seconds(self) -> int | None:
        """The life asked for, None where the default shall apply."""
        return None if self.ttl is None else parse_duration(self.ttl)

    def metadata_bytes(self) -> bytes | None:
        """The metadata as the store keeps it."""
        return limits.json_object("metadata", self.metadata)

    def limit(self) -> RateLimit | None:
        """The rate limit as the store keeps it."""
        return self.rate_limit_policy.limit() if self.rate_limit_policy else None

    def networks(self) -> tuple[str, ...] | None:
        """The networks as the store keeps them."""
        return self.ip_restriction.networks() if self.ip_restriction else None


class RotateRequest(msgspec.Struct, frozen=True):
    """Absent inherits; present, even empty, overrides. `grace` keeps the old key alive so long.

    An unspecified visibility counts as absent: the official client sends it with every rotation.
    """

    name: forms.Name | UnsetType = UNSET
    scopes: forms.Scopes | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    rate_limit_policy: RateLimitPolicy | UnsetType = UNSET
    ip_restriction: IpRestriction | UnsetType = UNSET
    visibility: KeyVisibility = KeyVisibility.UNSPECIFIED
    grace: forms.Duration | None = None

    def __post_init__(self) -> None:
        _check(self.name, self.scopes, self.metadata)
        self.grace_seconds()

    def grace_seconds(self) -> int:
        """For how long the old key lives on; 0 where nothing was said."""
        return 0 if self.grace is None else parse_duration(self.grace, "grace", minimum=0)

    def changes(self) -> Changes:
        """How the new key differs from the old one, its visibility aside."""
        return _changes(
            self.name, self.scopes, self.metadata, self.rate_limit_policy, self.ip_restriction
        )


class UpdateRequest(msgspec.Struct, frozen=True):
    """What to change. Without an update_mask: each field that is given, and neither null nor empty.

    With one: the fields that it names, cleared where they are absent, null or empty.
    """

    name: forms.Name | None | UnsetType = UNSET
    scopes: forms.Scopes | None | UnsetType = UNSET
    metadata: dict[str, Any] | None | UnsetType = UNSET
    rate_limit_policy: RateLimitPolicy | None | UnsetType = UNSET
    ip_restriction: IpRestriction | None | UnsetType = UNSET

    def __post_init__(self) -> None:
        _check(self.name or "", self.scopes or (), self.metadata or {})

    def changes(self, mask: frozenset[str] | None) -> Changes:
        """What to change. A masked field that is absent or empty is cleared.

        Without a mask every populated field applies: "" and [] are not populated, an empty
        message is, and null is as good as absent.
        """
        given = {field: getattr(self, field) for field in self.__struct_fields__}
        if mask is None:
            chosen = {
                field: value
                for field, value in given.items()
                if value is not UNSET and value is not None and value not in ("", ())
            }
        else:
            chosen = {field: _EMPTY[field] for field in mask}
            chosen |= {field: given[field] for field in mask if given[field]}
        return _changes(**(dict.fromkeys(_EMPTY, UNSET) | chosen))


class RevokeRequest(msgspec.Struct, frozen=True):
    """Why; a `description` only beside REVOCATION_REASON_PRIVILEGE_WITHDRAWN."""

    required: ClassVar = ("reason",)
    refused: ClassVar = (RevocationReason.UNSPECIFIED,)

    reason: RevocationReason = RevocationReason.UNSPECIFIED
    description: Annotated[str, forms.form(maxLength=limits.DESCRIPTION)] = ""

    def __post_init__(self) -> None:
        limits.text("description", self.description, chars=limits.DESCRIPTION, size=2000)
        if self.description and self.reason is not RevocationReason.PRIVILEGE_WITHDRAWN:
            raise invalid("description", f"is only for {RevocationReason.PRIVILEGE_WITHDRAWN}")

    def number(self) -> int:
        """The reason as a store keeps it. Raises Problem 400 where none was given."""
        if self.reason is RevocationReason.UNSPECIFIED:
            raise invalid("reason", "is required: say why, such as REVOCATION_REASON_SUPERSEDED")
        return self.reason.number


_EMPTY: dict[str, Any] = {
    "name": "",
    "scopes": (),
    "metadata": {},
    "rate_limit_policy": None,
    "ip_restriction": None,
}


def _check(
    name: str | UnsetType, scopes: tuple[str, ...] | UnsetType, metadata: dict[str, Any] | UnsetType
) -> None:
    limits.name(name or "")
    limits.scopes("scopes", scopes or ())
    limits.json_object("metadata", metadata or None)


def _changes(
    name: str | UnsetType,
    scopes: tuple[str, ...] | UnsetType,
    metadata: dict[str, Any] | UnsetType,
    rate_limit_policy: RateLimitPolicy | None | UnsetType,
    ip_restriction: IpRestriction | None | UnsetType,
) -> Changes:
    policy, restriction = rate_limit_policy, ip_restriction
    return Changes(
        name=name,
        scopes=scopes,
        metadata=UNSET if metadata is UNSET else limits.json_object("metadata", metadata or None),
        limit=policy.limit() if isinstance(policy, RateLimitPolicy) else policy,
        networks=restriction.networks() if isinstance(restriction, IpRestriction) else restriction,
    )
