"""An unverified reading of a token, and an explanation. Every name says what was not verified."""

from typing import Any

import msgspec

from . import forms

Caveat = dict[str, Any]


class _Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A header as written."""


class KeyHeader(_Header, frozen=True, kw_only=True, tag="key"):
    """Of a key: what it may do is in the server's database."""

    master_id: int
    tenant_epoch: int
    key_id: forms.KeyId
    issue_time: forms.Time


class _Granted(_Header, frozen=True, kw_only=True):
    tenant_epoch: int
    key_id: forms.KeyId
    grant_id: forms.KeyId
    generation: int
    issue_time: forms.Time
    expire_time: forms.Time
    actor_id: str
    scopes: tuple[str, ...]
    allowed_cidrs: tuple[str, ...] | None
    audiences: tuple[str, ...] | None


class GrantHeader(_Granted, frozen=True, kw_only=True, tag="grant"):
    """Of a derived token."""

    master_id: int


class JwtHeader(_Granted, frozen=True, kw_only=True, tag="jwt"):
    """Of a derived token that is a JWT."""

    algorithm: str
    kid: str
    issuer: str
    tenant: str


class BlockReading(msgspec.Struct, frozen=True):
    """One block; `problem` is why a verifier would refuse it."""

    caveats: tuple[Caveat, ...]
    problem: str | None


class TokenReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says of itself: anybody could have written it. `size` is in characters."""

    verified: bool = False
    prefix: str
    sealed: bool
    size: int
    unverified_header: KeyHeader | GrantHeader | JwtHeader
    unverified_blocks: tuple[BlockReading, ...]


class ExplainedStep(msgspec.Struct, frozen=True):
    """One check; `block` and `index` are the place of the caveat that made it."""

    check: str
    name: str
    block: int | None
    index: int | None
    allows: bool
    reason: str | None


class ExplainResponse(msgspec.Struct, frozen=True):
    """Step by step: each check, whether it allows, and why not."""

    allowed: bool
    not_checked: tuple[str, ...]
    steps: tuple[ExplainedStep, ...]
