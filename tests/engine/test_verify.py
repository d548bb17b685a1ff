"""What a key, a grant, a record and a master secret let a token do."""

import pytest

from engine import (
    Access,
    BadTail,
    CaveatUnmet,
    Grant,
    KeyStatus,
    MalformedToken,
    NoDenylist,
    RecordNeeded,
    TokenError,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
    Verifier,
    Visibility,
    attenuate,
    cidr,
    inspect,
    seal,
)
from engine.caveats import Audience, Custom, Delegate, Scopes, Window
from engine.record import KeyRecord
from engine.types import RateLimit

NOW = 1_800_000_000
ACCESS = Access(now=NOW)


def test_a_grant_tells_everything_that_was_verified(world) -> None:
    minted = world.minted_grant(
        generation=4, actor="agent", scopes=["a:*", "b"], cidrs=[cidr("10.0.0.0/8")],
        audiences=["x", "y"], claims=b"sealed in", expires_at=NOW + 60,
    )  # fmt: skip
    token = attenuate(
        minted.text, Window(0, NOW + 50), Scopes(["a:b"]), Audience(["y", "z"]), Delegate("sub")
    )
    access = Access(now=NOW, client_ip="10.0.0.1", audience="y", scopes=("a:b",))
    for text, sealed in ((token.text, False), (seal(token.text), True)):
        assert world.verifier(records=None).verify(text, access) == Grant(
            tenant="default",
            key_id=b"K" * 16,
            key_issued_at=NOW - 1000,
            generation=4,
            grant_id=minted.grant_id,
            actor="agent",
            scopes=("a:b",),
            audiences=("y",),
            expires_at=NOW + 50,
            sealed=sealed,
            visibility=None,
            delegates=("sub",),
            revocation_ids=(token.revocation_id,),
            claims=b"sealed in",
            limit=None,
        )


def test_a_key_is_what_its_record_says(world) -> None:
    minted = world.keys.mint_key(now=NOW - 5)
    record = KeyRecord(
        master_id=1, issued_at=NOW - 5, expires_at=NOW + 9, generation=2, actor="a", scopes=("s",),
        limit=RateLimit(100, 60),
    )  # fmt: skip
    grant = world.verifier(records={minted.key_id: record}).verify(minted.text, ACCESS)
    assert grant.limit == RateLimit(100, 60)  # before any other field is looked at
    assert (grant.key_id, grant.key_issued_at, grant.generation) == (minted.key_id, NOW - 5, 2)
    assert grant.limit == RateLimit(100, 60)
    assert (grant.actor, grant.scopes, grant.expires_at) == ("a", ("s",), NOW + 9)
    assert (grant.grant_id, grant.audiences, grant.claims) == (None, (), b"")
    assert grant.visibility == Visibility.SECRET and not grant.sealed


def test_minted_ids_are_never_the_same(world) -> None:
    assert len({world.keys.mint_key(now=NOW).key_id for _ in range(100)}) == 100
    assert len({world.minted_grant().grant_id for _ in range(100)}) == 100


def test_a_key_without_its_record_asks_for_it_and_a_grant_never_does(world) -> None:
    minted = world.keys.mint_key(now=NOW)
    for records in ({}, None, {b"other": None}):
        for text in (minted.text, attenuate(minted.text, Delegate("a")).text, seal(minted.text)):
            for act in ("verify", "explain"):
                with pytest.raises(RecordNeeded) as caught:
                    getattr(world.verifier(records=records), act)(text, ACCESS)
                assert caught.value.key_id == minted.key_id
                assert not isinstance(caught.value, TokenError)
        assert world.verifier(records=records).verify(world.grant(), ACCESS)


def test_no_record_is_asked_for_before_the_chain_is_authentic(world) -> None:
    head, blocks, tail = world.parts(world.keys.mint_key(now=NOW).text)
    with pytest.raises(BadTail):
        world.verifier(records={}).verify(world.join("mz_ak", head, blocks, tail[::-1]), ACCESS)


@pytest.mark.parametrize(
    "field", [{"master_id": 2}, {"issued_at": NOW - 1}, {"issued_at": NOW + 1}]
)
def test_a_header_that_differs_from_its_record_is_of_no_known_key(world, field) -> None:
    with pytest.raises(UnknownKey):
        world.verifier().verify(world.key(**field), ACCESS)


@pytest.mark.parametrize("status", [KeyStatus.REVOKED, KeyStatus.SUSPENDED])
def test_a_key_that_is_not_active_is_revoked_with_all_below_it(world, status) -> None:
    key = world.key(status=status)
    for text in (key, attenuate(key, Delegate("a")).text, seal(key)):
        with pytest.raises(TokenRevoked) as caught:
            world.verifier().verify(text, ACCESS)
        assert caught.value.link == "key"


def test_a_status_is_told_by_its_value_as_a_store_may_have_it(world) -> None:
    assert world.verifier().verify(world.key(status=1), ACCESS)
    for status in (2, 3):
        with pytest.raises(TokenRevoked):
            world.verifier().verify(world.key(status=status), ACCESS)
    for unknown in (0, 99, -1):
        with pytest.raises(ValueError, match="not a valid KeyStatus"):
            world.key(status=unknown)


def test_a_verifier_is_never_given_its_denylist_unnamed(world) -> None:
    with pytest.raises(TypeError):
        Verifier(world.keys, NoDenylist())
    with pytest.raises(TypeError):
        Verifier(world.keys)
    assert Verifier(tenant_keys=world.keys, denylist=NoDenylist()).verify(world.grant(), ACCESS)


def test_expiry_is_at_the_second_stated_for_key_grant_and_window(world) -> None:
    key, grant = world.key(expires_at=NOW + 1), world.grant(expires_at=NOW + 1)
    window = attenuate(world.key(), Delegate("a"), Window(0, NOW + 1)).text
    places = {key: (None, None), grant: (None, None), window: (0, 1)}
    for text, place in places.items():
        for leeway in (0, 3600):
            verifier = world.verifier(leeway=leeway)
            assert verifier.verify(text, Access(now=NOW))
            for late in (1, 2, 10**7):
                with pytest.raises(TokenExpired) as caught:
                    verifier.verify(text, Access(now=NOW + late))
                assert caught.value.at == NOW + 1
                assert (caught.value.block, caught.value.index) == place


def test_a_grant_is_good_from_its_issue_less_the_leeway(world) -> None:
    text = world.grant(now=NOW + 60)
    assert world.verifier().verify(text, ACCESS)
    for leeway, access in ((60, Access(now=NOW - 1)), (59, ACCESS), (0, Access(now=NOW + 59))):
        with pytest.raises(CaveatUnmet, match="not before") as caught:
            world.verifier(leeway=leeway).verify(text, access)
        assert caught.value.block is None


def test_a_grants_audience_must_be_the_one_expected(world) -> None:
    text = world.grant(audiences=["a", "b"])
    assert world.verifier().verify(text, Access(now=NOW, audience="b")).audiences == ("a", "b")
    for audience in (None, "c", "", "a b"):
        with pytest.raises(CaveatUnmet) as caught:
            world.verifier().verify(text, Access(now=NOW, audience=audience))
        assert (caught.value.caveat, caught.value.block) == ("Audience", None)
    assert world.verifier().verify(world.grant(), Access(now=NOW, audience="any"))


def test_the_one_audience_must_stand_in_every_list(world) -> None:
    text = world.grant(audiences=["a", "b"])
    text = attenuate(text, Audience(["b", "c"])).text
    assert world.verifier().verify(text, Access(now=NOW, audience="b")).audiences == ("b",)
    for audience in ("a", "c"):
        with pytest.raises(CaveatUnmet):
            world.verifier().verify(text, Access(now=NOW, audience=audience))


def test_verify_many_answers_each_in_order_as_verify_would(world) -> None:
    unknown = world.keys.mint_key(now=NOW)
    texts = [world.key(), "nonsense", world.grant(), unknown.text, world.grant(expires_at=NOW + 1)]
    access = Access(now=NOW + 1)
    verdicts = world.verifier().verify_many(texts, access)
    kinds = [Grant, MalformedToken, Grant, RecordNeeded, TokenExpired]
    assert [type(one) for one in verdicts] == kinds
    assert verdicts[2] == world.verifier().verify(texts[2], access)
    assert verdicts[3].key_id == unknown.key_id
    assert world.verifier().verify_many([], access) == []


def test_possession_is_the_chain_alone_whatever_else_would_refuse(world) -> None:
    key = world.key(status=KeyStatus.SUSPENDED, expires_at=1)
    child = attenuate(key, Window(0, 1))
    found = world.verifier(records={}).authenticate(child.text)
    assert list(found.revocation_ids) == [child.revocation_id]
    assert found.header.key_id in world.records and not found.sealed and found.grant_id is None
    minted = world.minted_grant()
    assert world.verifier().authenticate(minted.text).grant_id == minted.grant_id
    head, blocks, tail = world.parts(child.text)
    with pytest.raises(BadTail):
        world.verifier().authenticate(world.join("mz_mc", head, blocks, tail[::-1]))


def test_no_handler_is_asked_about_a_token_that_is_not_verified(world) -> None:
    asked = []

    def handler(payload: bytes) -> bool:
        asked.append(payload)
        return True

    text = attenuate(world.grant(), Custom("h", b"run me"), Delegate("a")).text
    access = Access(now=NOW, custom={"h": handler})
    explained = inspect(text).explain(access)
    assert [(one.name, one.index) for one in explained.refusals] == [("Custom", 0)]
    assert "not verified" in explained.refusals[0].reason
    assert asked == []
    assert world.verifier().explain(text, access).allowed and asked == [b"run me"]


def test_inspect_reads_and_never_verifies(world) -> None:
    child = attenuate(world.grant(), Delegate("a"), Scopes(["s"])).text
    head, _, _ = world.parts(child)
    garbage = b"\x93\xc4\x08nnnnnnnn\x91\x63\x92\x0a\xc3"
    forged = world.join("mz_ms", head, [*world.parts(child)[1], b"\x00", garbage], bytes(32))
    info = inspect(forged)
    assert info.unverified_sealed and info.prefix == "mz_ms" and info.size == len(forged)
    assert info.unverified_header.actor == "owner"
    first, second, third = info.unverified_blocks
    assert first.caveats == (Delegate("a"), Scopes(["s"])) and first.problem is None
    assert second.caveats == () and "nonce and 1 to 32 caveats" in second.problem
    assert third.caveats == ("Unknown", "MaxDepth") and "type 99" in third.problem
    with pytest.raises(BadTail):
        world.verifier().verify(forged, ACCESS)
