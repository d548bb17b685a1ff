"""Guarantees of caveats that a holder appends to a macaroon of Talos: they only ever narrow."""

import json
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Access,
    CaveatUnmet,
    Denylist,
    Grant,
    KeyRecord,
    Kind,
    NoDenylist,
    TokenError,
    TokenExpired,
    TokenRevoked,
    scopes,
)
from engine.formats.talos import NIL, HmacSecret, Installation, TalosVerifier
from engine.types import ELSEWHERE

NOW = 1_800_000_000
ISSUER = "https://talos.example"
FACTS = {"now": NOW, "client_ip": "10.1.2.3"}


class Bench:
    def __init__(self, old_talos) -> None:
        self.old = old_talos
        record = KeyRecord(ELSEWHERE, NOW - 1000, NOW + 10**7, scopes=("read", "write"))
        self.records = {UUID(old_talos.key_id).bytes: record}

    def verifier(self, denylist=None) -> TalosVerifier:
        old = Installation(secrets=(HmacSecret(self.old.secret),), issuers=(ISSUER,))
        known = NoDenylist() if denylist is None else denylist
        return TalosVerifier("default", old, denylist=known, records=self.records)

    def verify(self, text, **access) -> Grant:
        return self.verifier().verify(text, Access(**FACTS | access))

    def narrowed(self, *caveats, **first) -> str:
        text = self.old.macaroon(first=self.old.claims(**first))
        whole = [{"iss": ISSUER} | each if isinstance(each, dict) else each for each in caveats]
        return self.old.append(text, *whole)


@pytest.fixture(scope="module")
def bench(old_talos) -> Bench:
    return Bench(old_talos)


def test_scopes_intersect(bench) -> None:
    text = bench.narrowed({"scp": ["read", "admin"]})
    assert bench.verify(text, scopes=("read",)).scopes == ("read",)
    for scope in ("write", "admin"):
        with pytest.raises(CaveatUnmet) as unmet:
            bench.verify(text, scopes=(scope,))
        assert unmet.value.caveat == "Scopes"
    assert bench.verify(bench.narrowed({"scp": []})).scopes == ()
    assert bench.verify(bench.narrowed({"scope": ["write"]})).scopes == ("write",)
    assert bench.verify(bench.narrowed({"scp": ["read"]}, {"scp": ["write"]})).scopes == ()


def test_the_earliest_expiry_counts(bench) -> None:
    text = bench.narrowed({"exp": NOW + 60}, {"exp": NOW + 90})
    assert bench.verify(text).expires_at == NOW + 60
    with pytest.raises(TokenExpired) as expired:
        bench.verify(text, now=NOW + 60)
    assert (expired.value.at, expired.value.block) == (NOW + 60, 1)
    assert bench.verify(bench.narrowed({"exp": NOW + 10**6})).expires_at == NOW + 3600
    with pytest.raises(TokenExpired):
        bench.verify(bench.narrowed({"exp": NOW + 10**6}), now=NOW + 3600)


def test_the_latest_beginning_counts(bench) -> None:
    text = bench.narrowed({"nbf": NOW + 1000}, {"nbf": NOW})
    bench.verify(text, now=NOW + 700)
    with pytest.raises(CaveatUnmet) as unmet:
        bench.verify(text, now=NOW + 699)
    assert (unmet.value.caveat, unmet.value.block) == ("Window", 1)


def test_audiences_intersect(bench) -> None:
    text = bench.narrowed({"aud": ["b", "c"]}, aud=["a", "b"])
    assert bench.verify(text, audience="b").audiences == ("b",)
    for audience in ("a", "c", None):
        with pytest.raises(CaveatUnmet, match="Audience"):
            bench.verify(text, audience=audience)
    assert bench.verify(bench.narrowed({"aud": "x"}), audience="x").audiences == ("x",)


def test_the_address_must_be_inside_every_list(bench) -> None:
    text = bench.narrowed({"acl": ["10.1.0.0/16"]}, {"acl": ["10.0.0.0/8"]}, acl=["10.0.0.0/8"])
    bench.verify(text)
    for client_ip in ("10.2.0.1", None, "192.0.2.1"):
        with pytest.raises(CaveatUnmet, match="Network"):
            bench.verify(text, client_ip=client_ip)
    wider = bench.narrowed({"acl": ["0.0.0.0/0"]}, acl=["10.0.0.0/8"])
    with pytest.raises(CaveatUnmet, match="Network"):
        bench.verify(wider, client_ip="192.0.2.1")


@pytest.mark.parametrize(
    "caveat",
    [
        "time < 2030-01-01T00:00:00Z",
        "",
        "null",
        "[]",
        '"x"',
        "{}",
        '{"scp": ["read"]}',
        '{"iss": "https://talos.example", "iss": "https://talos.example"}',
        '{"iss": "https://talos.example", "exp": 1, "exp": 1900000000}',
        '{"iss": "https://talos.example"} x',
        '{"iss": "https://talos.example", "exp": NaN}',
        "[" * 3000,
    ],
)
def test_what_is_no_object_of_claims_refuses_and_is_named_by_its_position(bench, caveat) -> None:
    text = bench.old.append(bench.narrowed({"scp": ["read"]}), caveat or "\0")
    with pytest.raises(CaveatUnmet) as unmet:
        bench.verify(text)
    assert (unmet.value.block, unmet.value.caveat) == (2, "Claims")


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "11111111-2222-4333-8444-555555555555"},
        {"jti": "99999999-8888-4777-8666-555555555555"},
        {"act": "owner"},
        {"meta": {}},
        {"vis": "secret"},
        {"iat": NOW},
        {"tool": "x"},
        {"SCP": ["read"]},
        {"Exp": NOW + 1},
        {"iss": "https://other.example"},
        {"nid": "00000000-0000-0000-0000-000000000001"},
        {"iss": None},
        {"nid": None},
        {"exp": None},
        {"scp": None},
        {"aud": None},
        {"acl": None},
        {"exp": "2000000000"},
        {"exp": 2e9},
        {"scp": "read"},
        {"scp": ["read"], "scope": ["read"]},
        {"aud": []},
        {"acl": []},
        {"acl": ["10.0.0.1"]},
        {"acl": ["everywhere"]},
    ],
)
def test_a_member_that_is_not_understood_refuses(bench, claims) -> None:
    with pytest.raises(CaveatUnmet) as unmet:
        bench.verify(bench.narrowed(claims), audience="a")
    assert (unmet.value.block, unmet.value.caveat) == (1, "Claims")
    assert "tool" not in str(unmet.value) and "everywhere" not in str(unmet.value)


def test_the_same_tenant_may_be_named_again(bench) -> None:
    bench.verify(bench.narrowed({"nid": NIL}))


def test_nothing_that_is_appended_is_read_before_the_chain_holds(bench) -> None:
    forged = bench.old.spell(bench.old.binary(bench.narrowed({"tool": "x"}))[:-1] + b"\0")
    with pytest.raises(TokenError) as refused:
        bench.verify(forged)
    assert not isinstance(refused.value, CaveatUnmet)


def test_every_link_can_be_revoked_alone(bench) -> None:
    parent = bench.narrowed({"scp": ["read"]})
    one, two = (bench.old.append(parent, {"iss": ISSUER, "exp": NOW + n}) for n in (50, 60))
    ids = bench.verify(one).revocation_ids
    assert len(set(ids)) == 3 and ids[:2] == bench.verify(two).revocation_ids[:2]
    denylist = Denylist()
    denylist.add(Kind.BLOCK, ids[2], 0, NOW + 10**9)
    verifier = bench.verifier(denylist)
    with pytest.raises(TokenRevoked) as revoked:
        verifier.verify(one, Access(**FACTS))
    assert (revoked.value.link, revoked.value.block) == ("block", 2)
    verifier.verify(two, Access(**FACTS))
    verifier.verify(parent, Access(**FACTS))
    denylist.add(Kind.BLOCK, ids[1], 0, NOW + 10**9)
    for text in (two, parent):
        with pytest.raises(TokenRevoked):
            verifier.verify(text, Access(**FACTS))


def test_explaining_shows_every_caveat_that_says_no(bench) -> None:
    text = bench.narrowed({"scp": ["read"]}, {"tool": "x"}, {"exp": NOW}, {"aud": "a"})
    explained = bench.verifier().explain(text, Access(**FACTS, audience="b"))
    told = [(one.check, one.block, one.name, one.error) for one in explained.steps]
    assert told == [
        ("chain", None, "chain", None),
        ("standing", None, "standing", None),
        ("terms", None, "terms", None),
        ("caveat", 1, "Claims", None),
        ("caveat", 2, "Claims", "CaveatUnmet"),
        ("caveat", 3, "Window", "TokenExpired"),
        ("caveat", 4, "Audience", "CaveatUnmet"),
    ]


SCOPE = st.sampled_from(["read", "write", "admin", "a:b", "a:*", "*", "a*", ""])
AUDIENCE = st.sampled_from(["a", "b", "c"])
CIDR = st.sampled_from(["10.0.0.0/8", "10.1.2.3/8", "10.1.0.0/16", "0.0.0.0/0", "::/0"])
TIME = st.integers(NOW - 400, NOW + 4000)
CLAIMS = st.fixed_dictionaries(
    {"iss": st.sampled_from([ISSUER] * 9 + ["https://other.example", None])},
    optional={
        "nid": st.sampled_from([NIL] * 9 + ["x"]),
        "exp": TIME,
        "nbf": TIME,
        "scp": st.lists(SCOPE, max_size=3),
        "aud": st.lists(AUDIENCE, max_size=3) | AUDIENCE,
        "acl": st.lists(CIDR, max_size=2),
    },
)
FIRST = st.fixed_dictionaries(
    {},
    optional={
        "scp": st.lists(SCOPE, max_size=3),
        "aud": st.lists(AUDIENCE, max_size=3),
        "acl": st.lists(CIDR, max_size=2),
        "exp": TIME,
        "nbf": TIME,
    },
)
ACCESS = st.builds(
    Access,
    now=st.just(NOW) | TIME,
    client_ip=st.just("10.1.2.3") | st.sampled_from([None, "10.9.9.9", "192.0.2.1", "::1"]),
    scopes=st.just(()) | st.lists(SCOPE, max_size=2).map(tuple),
    audience=st.none() | AUDIENCE,
)


def outcome(verifier: TalosVerifier, text: str, access: Access) -> Grant | None:
    try:
        return verifier.verify(text, access)
    except TokenError:
        return None


@settings(max_examples=300, deadline=None)
@given(FIRST, st.lists(CLAIMS, max_size=2), CLAIMS | st.text(max_size=9), ACCESS)
def test_what_an_appended_caveat_allows_was_allowed_without_it(
    bench, first, caveats, appended, access
) -> None:
    before = bench.old.append(
        bench.old.macaroon(first=bench.old.claims(**first)), *map(json.dumps, caveats)
    )
    added = json.dumps(appended) if isinstance(appended, dict) else appended or "\0"
    verifier = bench.verifier()
    after = outcome(verifier, bench.old.append(before, added), access)
    if after is None:
        return
    was = outcome(verifier, before, access)
    assert was is not None
    assert after.expires_at <= was.expires_at
    assert all(s in was.scopes or not scopes.uncovered(was.scopes, [s]) for s in after.scopes)
    assert not was.audiences or set(after.audiences) <= set(was.audiences)
    assert after.revocation_ids[:-1] == was.revocation_ids
