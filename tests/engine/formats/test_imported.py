"""Guarantees of engine/formats/imported/: digests, and verification by record."""

import itertools

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine import (
    Access,
    CaveatUnmet,
    Denylist,
    KeyRecord,
    Keyring,
    KeyStatus,
    Kind,
    MalformedToken,
    MasterSecret,
    NoDenylist,
    RecordNeeded,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
    Verifier,
    Visibility,
    actor_target,
    cidr,
    tenant_target,
)
from engine.formats.imported import DigestNeeded, ImportedVerifier, ImportIndex
from engine.formats.talos import NIL, HmacSecret, Installation, TalosVerifier
from engine.formats.talos.imported import talos_id
from engine.types import ELSEWHERE, IMPORTED

NOW = 1_800_000_000
OLD = MasterSecret(1, bytes(range(32)), retired_at=NOW - 10, end=NOW - 5)
NEW = MasterSecret(2, bytes(range(1, 33)))
HOUSE = Keyring(NEW, [OLD])
RAW = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
ID = b"I" * 16


def record(**fields) -> KeyRecord:
    terms = {"master_id": IMPORTED, "issued_at": NOW, "expires_at": NOW + 1000}
    return KeyRecord(**terms | {"scopes": ("read", "write"), "actor": "owner"} | fields)


def verifier(*, index=None, denylist=None, ids=None, records=None, **fields) -> ImportedVerifier:
    index = ImportIndex("default", HOUSE) if index is None else index
    return ImportedVerifier(
        "default",
        index,
        denylist=NoDenylist() if denylist is None else denylist,
        records={ID: record(**fields)} if records is None else records,
        ids={index.digest(RAW): ID} if ids is None else ids,
    )


def refusal(checks: ImportedVerifier, text: str = RAW, **access):
    with pytest.raises(engine.TokenError) as caught:
        checks.verify(text, Access(**{"now": NOW} | access))
    return caught.value


def test_the_digest_is_what_the_page_says_it_is() -> None:
    house = blake3(bytes(range(1, 33)), derive_key_context="marzipan 2026-11 imported key index v1")
    key = blake3(b"default", key=house.digest()).digest()
    index = ImportIndex("default", HOUSE)
    assert index.digest(RAW) == blake3(RAW.encode(), key=key).digest()
    assert index.master_id == 2


def test_no_two_masters_tenants_or_kinds_share_a_digest() -> None:
    found = [
        digest
        for tenant in ("default", "other", "defaul")
        for digest in ImportIndex(tenant, HOUSE, NIL).digests(RAW)
    ]
    found += [blake3(RAW.encode()).digest(), bytes.fromhex(talos_id(NIL, RAW))]
    assert len(set(found)) == len(found) == 3 * 4 + 2


def test_the_current_masters_digest_comes_first_and_a_retired_one_stays_findable() -> None:
    before = ImportIndex("default", Keyring(MasterSecret(1, bytes(range(32)))))
    index = ImportIndex("default", HOUSE)
    assert index.digests(RAW) == (index.digest(RAW), before.digest(RAW))


def test_there_are_at_most_two_digests_a_master() -> None:
    retired = [MasterSecret(n, bytes([n]) * 32, retired_at=1) for n in range(1, 255)]
    everyone = Keyring(MasterSecret(255, bytes([255]) * 32), retired)
    assert len(ImportIndex("default", everyone).digests(RAW)) == 255
    assert len(ImportIndex("default", everyone, NIL).digests(RAW)) == 510


def test_a_row_taken_over_by_its_old_id_is_found_by_the_raw_key_of_that_tenant_alone() -> None:
    index = ImportIndex("default", HOUSE, NIL)
    stored = index.talos_digest(talos_id(NIL, RAW))
    assert stored in index.digests(RAW)
    assert stored not in index.digests(RAW + "x")
    assert stored not in ImportIndex("default", HOUSE, NIL[:-1] + "1").digests(RAW)
    assert stored not in ImportIndex("default", HOUSE).digests(RAW)


def test_the_bytes_of_an_old_id_presented_as_a_raw_key_open_nothing() -> None:
    index = ImportIndex("default", HOUSE, NIL)
    # An id whose bytes are text: who reads it in a log could present them.
    id_ = ("ab" * 16).encode().hex()
    assert index.talos_digest(id_) not in index.digests(bytes.fromhex(id_).decode())
    assert index.talos_digest(id_) not in index.digests(id_)


@pytest.mark.parametrize("bad", ["", "x" * 8193, "é" * 4097, "x\ud800"])
def test_what_is_no_raw_key_is_malformed(bad) -> None:
    assert isinstance(refusal(verifier(), bad), MalformedToken)


def test_a_raw_key_of_8192_bytes_is_one() -> None:
    longest = "é" * 4096
    ids = {ImportIndex("default", HOUSE).digest(longest): ID}
    assert verifier(ids=ids).verify(longest, Access(now=NOW)).key_id == ID


def test_no_repr_and_no_error_shows_a_raw_key_or_an_index_key() -> None:
    index = ImportIndex("default", HOUSE, NIL)
    with pytest.raises(DigestNeeded) as needed:
        verifier(ids={}).verify(RAW, Access(now=NOW))
    assert repr(index) == "ImportIndex(master_id=2, masters=2)"
    assert repr(needed.value) == "DigestNeeded('whose digest this is, is not in memory')"


def test_a_good_key_is_granted_by_its_record() -> None:
    grant = verifier(visibility=Visibility.PUBLIC, generation=3).verify(RAW, Access(now=NOW))
    assert (grant.tenant, grant.key_id, grant.grant_id) == ("default", ID, None)
    assert (grant.actor, grant.scopes, grant.audiences) == ("owner", ("read", "write"), ())
    assert (grant.key_issued_at, grant.expires_at, grant.generation) == (NOW, NOW + 1000, 3)
    assert grant.visibility == Visibility.PUBLIC and not grant.sealed


def test_what_is_not_in_memory_is_asked_for_digest_first() -> None:
    index = ImportIndex("default", HOUSE)
    for ask in ("verify", "explain"):
        with pytest.raises(DigestNeeded) as needed:
            getattr(verifier(ids={}), ask)(RAW, Access(now=NOW))
        assert needed.value.digests == index.digests(RAW)
        with pytest.raises(RecordNeeded) as wanted:
            getattr(verifier(records={}), ask)(RAW, Access(now=NOW))
        assert wanted.value.key_id == ID
    with pytest.raises(RecordNeeded):
        verifier(records={}).authenticate(RAW)


def test_what_no_key_has_is_unknown() -> None:
    index = ImportIndex("default", HOUSE)
    checks = verifier(ids={index.digest(RAW): None})
    assert isinstance(refusal(checks), UnknownKey)
    assert checks.explain(RAW, Access(now=NOW)).refusals[0].check == "lookup"


@given(st.text(min_size=1, max_size=60))
def test_a_text_that_was_never_imported_is_never_granted(text) -> None:
    checks = verifier()
    if text == RAW:
        return
    with pytest.raises((DigestNeeded, MalformedToken)):
        checks.verify(text, Access(now=NOW))


@given(st.integers(0, len(RAW) - 1), st.sampled_from("aZ0_é \0"))
def test_a_raw_key_with_one_character_changed_is_another_one(place, other) -> None:
    changed = RAW[:place] + other + RAW[place + 1 :]
    if changed != RAW:
        with pytest.raises(DigestNeeded):
            verifier().verify(changed, Access(now=NOW))


@pytest.mark.parametrize("master_id", [ELSEWHERE, 1, 2, 255])
def test_another_kind_of_keys_record_is_never_read(master_id) -> None:
    assert isinstance(refusal(verifier(master_id=master_id)), UnknownKey)
    with pytest.raises(UnknownKey):
        verifier(master_id=master_id).authenticate(RAW)


def test_no_native_or_talos_key_is_judged_by_an_imported_keys_record(old_talos) -> None:
    keys = HOUSE.tenant("default")
    minted = keys.mint_key(now=NOW)
    native = Verifier(keys, denylist=NoDenylist(), records={minted.key_id: record()})
    with pytest.raises(UnknownKey):
        native.verify(minted.text, Access(now=NOW))
    (verdict,) = native.verify_many([minted.text], Access(now=NOW))
    assert isinstance(verdict, UnknownKey)
    talos = TalosVerifier(
        "default",
        Installation(secrets=(HmacSecret(old_talos.secret),)),
        denylist=NoDenylist(),
        records={bytes.fromhex(old_talos.key_id.replace("-", "")): record()},
    )
    with pytest.raises(UnknownKey):
        talos.verify(old_talos.key(), Access(now=NOW))


@pytest.mark.parametrize(
    ("kind", "target", "value", "link"),
    [
        (Kind.KEY, ID, 0, "key"),
        (Kind.SUNSET, ID, NOW, "key"),
        (Kind.ACTOR, actor_target("default", "owner"), NOW, "actor"),
        (Kind.TENANT, tenant_target("default"), NOW, "tenant"),
    ],
)
def test_every_kind_of_revocation_that_is_about_a_key_kills_it(kind, target, value, link) -> None:
    denylist = Denylist()
    denylist.add(kind, target, value, NOW + 10**6)
    refused = refusal(verifier(denylist=denylist))
    assert isinstance(refused, TokenRevoked) and refused.link == link
    if kind is not Kind.KEY:
        later = Denylist()
        later.add(kind, target, value + (1 if kind is Kind.SUNSET else -1), NOW + 10**6)
        assert verifier(denylist=later).verify(RAW, Access(now=NOW))


def test_revoking_its_children_leaves_the_key_alone() -> None:
    denylist = Denylist()
    denylist.add(Kind.CHILDREN, ID, 7, NOW + 10**6)
    assert verifier(denylist=denylist).verify(RAW, Access(now=NOW))


def test_status_expiry_network_scope_and_audience_refuse() -> None:
    for status in (KeyStatus.REVOKED, KeyStatus.SUSPENDED):
        assert isinstance(refusal(verifier(status=status)), TokenRevoked)
    assert isinstance(refusal(verifier(expires_at=NOW)), TokenExpired)
    inside = verifier(networks=(cidr("10.0.0.0/8"),))
    for ip in (None, "11.0.0.1"):
        refused = refusal(inside, client_ip=ip)
        assert isinstance(refused, CaveatUnmet) and refused.caveat == "Network"
    assert inside.verify(RAW, Access(now=NOW, client_ip="10.0.0.1"))
    refused = refusal(verifier(), scopes=("admin",))
    assert isinstance(refused, CaveatUnmet) and refused.caveat == "Scopes"


def test_the_order_of_refusals_is_the_native_one() -> None:
    """Each of these would refuse; of any two the earlier one is told."""
    dead = Denylist()
    dead.add(Kind.KEY, ID, 0, NOW + 10**6)
    gone = Denylist()
    gone.add(Kind.TENANT, tenant_target("default"), NOW, NOW + 10**6)
    stages = [
        ({"denylist": dead}, {}, "key"),
        ({"denylist": gone}, {}, "tenant"),
        ({"status": KeyStatus.REVOKED}, {}, "key"),
        ({"expires_at": NOW}, {}, TokenExpired),
        ({"networks": (cidr("10.0.0.0/8"),)}, {}, "Network"),
        ({}, {"scopes": ("admin",)}, "Scopes"),
    ]
    for (fields, access, first), (more, other, _) in itertools.combinations(stages, 2):
        refused = refusal(verifier(**{**more, **fields}), **access | other)
        told = getattr(refused, "link", getattr(refused, "caveat", type(refused)))
        assert told == first


def test_explain_says_what_verify_does_step_by_step() -> None:
    access = Access(now=NOW, client_ip="11.0.0.1", scopes=("admin",))
    told = verifier(networks=(cidr("10.0.0.0/8"),)).explain(RAW, access)
    assert [(s.check, s.name) for s in told.steps] == [
        ("lookup", "lookup"),
        ("standing", "standing"),
        ("terms", "Network"),
        ("terms", "Scopes"),
    ]
    assert not told.allowed and verifier().explain(RAW, Access(now=NOW)).allowed
    expired = verifier(expires_at=NOW).explain(RAW, Access(now=NOW))
    assert [s.error for s in expired.steps] == [None, "TokenExpired"]


def test_whoever_holds_the_text_is_told_whose_it_is_however_dead() -> None:
    head = verifier(status=KeyStatus.REVOKED, expires_at=1).authenticate(RAW).header
    assert (head.key_id, head.issued_at, head.master_id) == (ID, NOW, IMPORTED)
