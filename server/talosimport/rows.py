"""What one row of a Talos database is here. Raises Problem naming the column and the rule.

The rules are those of this server's own API, with two things more to decide.

* Scopes are opaque words in Talos, and only their holders gave "*" and "a:*" a meaning. Here they
  cover others, so a row that has one would gain rights: it is left out unless that is asked for.
* A key here ends. Where Talos says later than `max_ttl` after it was created, or nothing, it ends
  then, since no revocation by time is remembered for longer.
"""

import re
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from blake3 import blake3

from engine import KeyStatus, RateLimit, Visibility
from engine.formats.imported import ImportIndex
from engine.formats.talos import EARLIER
from engine.types import ELSEWHERE
from server.networks import parse_cidr
from server.problems import invalid
from server.schemas import limits
from storage.base import KeyKind, StoredKey

from .source import OldRow
from .times import to_ms

ACTIVE, REVOKED, EXPIRED = (0, 1), 2, 3
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(rb"[0-9a-f]{64}")
_IMPORTED = "marzipan 2026-11 talos imported key id v1"
_LARGEST = 1 << 20  # bytes of a column that holds JSON
_AHEAD_MS = 300_000  # by which the old clock may have been ahead

Json = TypeVar("Json")


class Identity(msgspec.Struct, frozen=True):
    """Under what a row stands here; of an imported key `digests` are all that it may stand under.

    The first digest is that of `master_id`.
    """

    key_id: bytes
    master_id: int
    digests: tuple[bytes, ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """A row as it shall stand here; `shortened`: an active key that ends earlier than in Talos."""

    key: StoredKey
    request_id: str
    shortened: bool


def identity(kind: KeyKind, old: OldRow, index: ImportIndex) -> Identity:
    """Under what the row stands. Raises Problem.

    The id of an imported key follows from its digest: a second run finds the same one, and whoever
    lacks the master secret learns nothing from it. The old id is in nothing that is written.
    """
    if kind is KeyKind.ISSUED:
        if (plain := spelled(old)) is None:
            raise invalid("key_id", "must be a UUID in lower case with hyphens")
        return Identity(UUID(plain).bytes, ELSEWHERE)
    raw = old.key_id
    if not isinstance(raw, bytes) or not _HASH.fullmatch(raw):
        raise invalid("key_id", "must be 64 lower-case hex digits")
    digests = index.talos_digests(raw.decode())
    key_id = blake3(digests[0], derive_key_context=_IMPORTED).digest(16)
    return Identity(key_id, index.master_id, digests)


def status(old: OldRow) -> int:
    """Its number in Talos. Raises Problem."""
    number = _integer("status", old.status, 0)
    if number not in (*ACTIVE, REVOKED, EXPIRED):
        raise invalid("status", "must be 0 to 3")
    return number


def reason(old: OldRow) -> tuple[int, str]:
    """Why it was revoked: the number, the same here as there, and the text. Raises Problem."""
    number = _integer("revocation_reason", old.revocation_reason, 0)
    if not 0 <= number <= 4:
        raise invalid("revocation_reason", "must be 0 to 4")
    told = _text("revocation_reason_text", old.revocation_reason_text)
    limits.text("revocation_reason_text", told, chars=500, size=2000)
    return number, told


def spelled(old: OldRow) -> str | None:
    """The id of an issued key, None where it is no id."""
    raw = old.key_id
    return raw.decode() if isinstance(raw, bytes) and _UUID.fullmatch(raw) else None


def last_used(old: OldRow) -> int | None:
    """Unix milliseconds of its last use, if any. Raises Problem."""
    return to_ms("last_used_at", old.last_used_at)


def taken(
    tenant: str,
    kind: KeyKind,
    old: OldRow,
    who: Identity,
    *,
    now_ms: int,
    max_ttl: int,
    wildcards: bool,
) -> Taken:
    """The row as it shall stand here. Raises Problem."""
    if _integer("version", old.version, 1) != 1:
        raise invalid("version", "must be 1")
    created = to_ms("created_at", old.created_at)
    if created is None or created > now_ms + _AHEAD_MS:
        raise invalid("created_at", "must be a time, and not in the future")
    updated = to_ms("updated_at", old.updated_at) or created
    last_used(old)
    why, told = reason(old)
    metadata = _json("metadata", old.metadata, dict[str, Any])
    ends, shortened = _end(old, created // 1000 + max_ttl)
    if status(old) == EXPIRED:
        ends = min(ends, updated // 1000)
    return Taken(
        StoredKey(
            tenant=tenant,
            key_id=who.key_id,
            kind=kind,
            master_id=who.master_id,
            issued_at=max(created // 1000 - (EARLIER if kind is KeyKind.ISSUED else 0), 0),
            name=_name(old.name),
            actor=_actor(old.actor_id),
            scopes=_scopes(old, wildcards),
            metadata=limits.json_object("metadata", metadata),
            networks=_networks(old),
            limit=_limit(old),
            visibility=_visibility(old),
            status=KeyStatus.REVOKED if status(old) == REVOKED else KeyStatus.ACTIVE,
            expires_at=ends,
            created_ms=created,
            updated_ms=updated,
            revocation_reason=why,
            revocation_description=told,
            digest=who.digests[0] if who.digests else None,
        ),
        _request_id(old),
        shortened and status(old) in ACTIVE,
    )


def _end(old: OldRow, latest: int) -> tuple[int, bool]:
    said = to_ms("expires_at", old.expires_at)
    if said is None or said // 1000 > latest:
        return latest, True
    return said // 1000, False


def _scopes(old: OldRow, wildcards: bool) -> tuple[str, ...]:
    found = _json("scopes", old.scopes, tuple[str, ...]) or ()
    limits.scopes("scopes", found)
    if not wildcards and any("*" in scope for scope in found):
        raise invalid(
            "scopes",
            'has a "*", which Talos never read as a wildcard and this server does: narrow the key '
            "there, or accept that with --allow-wildcard-scopes",
        )
    return found


def _networks(old: OldRow) -> tuple[str, ...] | None:
    found = _json("allowed_cidrs", old.allowed_cidrs, tuple[str, ...]) or ()
    limits.texts("allowed_cidrs", found)
    plain = tuple(map(parse_cidr, found))
    if None in plain:
        raise invalid("allowed_cidrs", 'must be networks such as "10.0.0.0/8" or "2001:db8::/32"')
    return tuple(each for each in plain if each is not None) or None


def _limit(old: OldRow) -> RateLimit | None:
    """Talos itself takes half a policy for none."""
    quota = _integer("rate_limit_quota", old.rate_limit_quota, 0)
    window = _integer("rate_limit_window", old.rate_limit_window, 0)
    if quota < 0 or window < 0:
        raise invalid("rate_limit_quota", "and its window must not be negative")
    return RateLimit(quota, window) if quota and window else None


def _visibility(old: OldRow) -> Visibility:
    number = _integer("visibility", old.visibility, 0)
    if not 0 <= number <= 2:
        raise invalid("visibility", "must be 0 to 2")
    return Visibility.PUBLIC if number == 2 else Visibility.SECRET


def _request_id(old: OldRow) -> str:
    """For what it is remembered, "" where it can't be: no key is left out for it."""
    raw = old.request_id
    if not isinstance(raw, bytes) or len(raw) > 36 or not raw.isascii() or b"\0" in raw:
        return ""
    return raw.decode()


def _name(value: object) -> str:
    found = _text("name", value)
    limits.name(found)
    return found


def _actor(value: object) -> str:
    found = _text("actor_id", value)
    limits.actor(found)
    return found


def _text(field: str, value: object) -> str:
    if value is None:
        return ""
    try:
        if isinstance(value, bytes):
            return value.decode()
    except UnicodeDecodeError:
        pass
    raise invalid(field, "must be text in UTF-8")


def _integer(field: str, value: object, default: int) -> int:
    if value is None:
        return default
    if not isinstance(value, int):
        raise invalid(field, "must be a whole number")
    return value


def _json(field: str, value: object, type_: type[Json]) -> Json | None:
    """What a column of JSON holds, None for NULL, nothing, and null."""
    if value in (None, b""):
        return None
    if not isinstance(value, bytes) or len(value) > _LARGEST:
        raise invalid(field, f"must be JSON of at most {_LARGEST} bytes")
    try:
        return msgspec.json.decode(value, type=type_ | None)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        what = "an object" if type_ is dict[str, Any] else "a list of texts"
        raise invalid(field, f"must be {what} in JSON") from None
