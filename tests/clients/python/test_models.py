"""Whatever a store can hold, the client's models read: they refuse every word they don't know."""

import json
from enum import StrEnum

import msgspec
import ory_client.models as theirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import types
from server import schemas
from server.schemas import enums
from server.schemas.imported import ImportFault
from storage.base import StoredKey

LATEST = 2**63 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SECONDS = st.integers(0, LATEST)
MS = st.integers(0, 253_402_300_799_999)
LINK = st.none() | st.binary(min_size=16, max_size=16)
KEYS = st.builds(
    StoredKey,
    tenant=st.just("default"),
    key_id=st.binary(min_size=16, max_size=16),
    master_id=st.just(1),
    issued_at=SECONDS,
    name=TEXT,
    actor=TEXT,
    scopes=st.lists(TEXT, max_size=3).map(tuple),
    metadata=st.none() | st.dictionaries(TEXT, TEXT | st.booleans()).map(msgspec.json.encode),
    networks=st.none() | st.just(("10.0.0.0/8", "2001:db8::/32")),
    limit=st.none() | st.builds(types.RateLimit, st.integers(1, LATEST), st.integers(1, 2**40)),
    visibility=st.sampled_from(types.Visibility),
    status=st.sampled_from(types.KeyStatus),
    expires_at=SECONDS,
    created_ms=MS,
    updated_ms=MS,
    revocation_reason=st.integers(0, 4),
    revocation_description=TEXT,
    predecessor=LINK,
    successor=LINK,
)


@given(KEYS, st.integers(0, LATEST), st.none() | MS)
def test_the_client_reads_every_key_that_a_store_can_hold(key, now, used):
    told = json.loads(msgspec.json.encode(schemas.issued_api_key(key, now=now, last_used_ms=used)))
    for model in (theirs.IssuedApiKey, theirs.ImportedApiKey):
        read = model.from_dict(told)
        assert (read.key_id, read.name, read.scopes) == (told["key_id"], key.name, [*key.scopes])
        ours = {name: told[name] for name in told.keys() - model.model_fields.keys()}
        assert read.additional_properties == ours and "suspended" in ours
        assert read.status != theirs.KeyStatus.KEY_STATUS_UNSPECIFIED
        dead = key.status != types.KeyStatus.ACTIVE or key.expires_at <= now
        assert (read.status == theirs.KeyStatus.KEY_STATUS_ACTIVE) is not dead


@pytest.mark.parametrize(
    ("ours", "known"),
    [
        (enums.KeyStatus, theirs.KeyStatus),
        (enums.KeyVisibility, theirs.KeyVisibility),
        (enums.RevocationReason, theirs.RevocationReason),
        (enums.TokenAlgorithm, theirs.TokenAlgorithm),
        (enums.VerificationError, theirs.VerificationErrorCode),
        (ImportFault, theirs.BatchCreateImportedApiKeysErrorCode),
    ],
)
def test_no_enum_has_a_word_that_the_client_does_not_know(ours: type[StrEnum], known):
    assert {each.value for each in ours} <= {each.value for each in known}
