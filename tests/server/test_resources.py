"""Guarantees of the response bodies in server/schemas."""

import json
from typing import Any

import msgspec
import pytest

from engine import types
from server import schemas
from server.schemas import KeyVisibility, RevocationReason, VerifyResponse
from storage.base import StoredKey

STORED = StoredKey(
    tenant="default",
    key_id=b"K" * 16,
    master_id=1,
    issued_at=1_800_000_000,
    expires_at=1_800_003_600,
    created_ms=1_800_000_000_000,
    updated_ms=1_800_000_000_000,
)


def wire(value: object) -> Any:
    return json.loads(msgspec.json.encode(value))


def test_a_bare_key_prints_zero_values_null_messages_and_no_unset_optionals() -> None:
    assert wire(schemas.issued_api_key(STORED, now=1_800_000_000)) == {
        "key_id": "4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b",
        "name": "",
        "actor_id": "",
        "scopes": [],
        "status": "KEY_STATUS_ACTIVE",
        "visibility": "KEY_VISIBILITY_SECRET",
        "metadata": None,
        "ip_restriction": None,
        "rate_limit_policy": None,
        "create_time": "2027-01-15T08:00:00Z",
        "update_time": "2027-01-15T08:00:00Z",
        "expire_time": "2027-01-15T09:00:00Z",
        "last_used_time": None,
        "predecessor_key_id": None,
        "successor_key_id": None,
        "suspended": False,
        "key_hint": "",
        "hash_pending": False,
    }


def test_a_full_key_prints_everything_in_its_wire_form() -> None:
    stored = msgspec.structs.replace(
        STORED,
        metadata=b'{"a":1}',
        networks=("10.0.0.0/8",),
        limit=types.RateLimit(5, 60),
        status=types.KeyStatus.REVOKED,
        visibility=types.Visibility.PUBLIC,
        revocation_reason=RevocationReason.PRIVILEGE_WITHDRAWN.number,
        revocation_description="left",
        predecessor=b"P" * 16,
        successor=b"S" * 16,
    )
    said = wire(schemas.issued_api_key(stored, now=0, last_used_ms=1_800_000_000_000))
    assert said["metadata"] == {"a": 1}
    assert said["ip_restriction"] == {"allowed_cidrs": ["10.0.0.0/8"]}
    assert said["rate_limit_policy"] == {"quota": "5", "unit": "requests", "window": "60s"}
    assert said["status"] == "KEY_STATUS_REVOKED"
    assert said["visibility"] == "KEY_VISIBILITY_PUBLIC"
    assert said["revocation_reason"] == "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"
    assert said["revocation_description"] == "left"
    assert said["last_used_time"] == "2027-01-15T08:00:00Z"
    assert said["predecessor_key_id"].startswith("50505050-")
    assert said["successor_key_id"].startswith("53535353-")


@pytest.mark.parametrize(
    ("status", "now", "said"),
    [
        (types.KeyStatus.ACTIVE, 1_800_003_599, "KEY_STATUS_ACTIVE"),
        (types.KeyStatus.ACTIVE, 1_800_003_600, "KEY_STATUS_EXPIRED"),
        (types.KeyStatus.REVOKED, 1_900_000_000, "KEY_STATUS_REVOKED"),
        (types.KeyStatus.SUSPENDED, 1_800_000_000, "KEY_STATUS_REVOKED"),
        (types.KeyStatus.SUSPENDED, 1_800_003_600, "KEY_STATUS_EXPIRED"),
    ],
)
def test_expiry_is_computed_and_what_does_not_verify_never_reads_active(
    status: types.KeyStatus, now: int, said: str
) -> None:
    stored = msgspec.structs.replace(STORED, status=status)
    assert schemas.wire_status(stored, now) == said


def test_a_refusal_discloses_nothing_and_omits_unset_optionals() -> None:
    said = wire(VerifyResponse(is_valid=False))
    assert "error_code" not in said and "rate_limit_remaining" not in said
    assert said["status"] == "KEY_STATUS_UNSPECIFIED"
    assert said["caveat"] is None
    assert not any(said[name] for name in ("key_id", "actor_id", "scopes", "grant_id"))


def test_reason_numbers_are_talos_own() -> None:
    assert [reason.number for reason in RevocationReason] == [0, 1, 2, 3, 4]
    assert KeyVisibility.UNSPECIFIED.stored() is types.Visibility.SECRET
    assert KeyVisibility.PUBLIC.stored() is types.Visibility.PUBLIC
