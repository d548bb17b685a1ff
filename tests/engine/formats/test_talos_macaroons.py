"""Guarantees of macaroons of Talos, minted by pymacaroons: authenticity, claims, the parent."""

import json
from uuid import UUID

import pytest

from engine import (
    Access,
    BadTail,
    CaveatUnmet,
    Denylist,
    KeyRecord,
    KeyStatus,
    Kind,
    MalformedToken,
    NoDenylist,
    RecordNeeded,
    TokenError,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
    actor_target,
    tenant_target,
)
from engine.formats.macaroons import Caveat, Macaroon, chain, v2
from engine.formats.talos import HmacSecret, Installation, TalosPrefixes, TalosVerifier
from engine.types import ELSEWHERE

NOW = 1_800_000_000


class Bench:
    """A verifier that has the parent's record."""

    def __init__(self, old_talos) -> None:
        self.old = old_talos
        self.id = UUID(old_talos.key_id).bytes
        self.jti = UUID(old_talos.jti).bytes

    def record(self, **fields) -> KeyRecord:
        terms = {"master_id": ELSEWHERE, "issued_at": NOW - 1000, "expires_at": NOW + 10**7}
        return KeyRecord(**terms | {"scopes": ("read", "write"), "actor": "owner"} | fields)

    def verifier(self, *, record=None, denylist=None, **fields) -> TalosVerifier:
        records = {self.id: record or self.record()}
        known = NoDenylist() if denylist is None else denylist
        terms = {"secrets": (HmacSecret(self.old.secret),), "issuers": (self.old.issuer,)}
        old = Installation(**terms | fields)
        return TalosVerifier("default", old, denylist=known, records=records)

    def verify(self, text, **access):
        return self.verifier().verify(text, Access(**{"now": NOW} | access))


@pytest.fixture
def bench(old_talos) -> Bench:
    return Bench(old_talos)


def test_the_root_key_is_the_one_that_the_old_installation_derived(bench) -> None:
    root = "d88a20e89d10d9c5a449a2d65a0e53f175bacd367e356a28a641a6dc947a6e86"
    assert HmacSecret(bench.old.secret).macaroon_key().hex() == root
    bench.verify(bench.old.macaroon(root=bytes.fromhex(root)))


def test_a_grant_says_what_the_issuer_claimed(bench) -> None:
    claims = bench.old.claims(act="ann", meta={"team": "x"}, plan="gold", aud=["a", "b"])
    grant = bench.verify(bench.old.macaroon(first=claims), audience="a")
    assert (grant.tenant, grant.key_id, grant.grant_id) == ("default", bench.id, bench.jti)
    assert (grant.key_issued_at, grant.expires_at) == (NOW - 1000, NOW + 3600)
    assert (grant.actor, grant.scopes) == ("ann", ("read", "write"))
    assert (grant.audiences, grant.visibility) == (("a", "b"), None)
    assert len(grant.revocation_ids) == 1
    told = {"meta": {"team": "x"}, "custom": {"plan": "gold"}, "vis": 1}
    assert json.loads(grant.claims) == told


def test_no_macaroon_with_a_flipped_bit_is_accepted(bench) -> None:
    text, verifier = bench.old.macaroon({"iss": bench.old.issuer}), bench.verifier()
    verifier.verify(text, Access(now=NOW))
    data = bench.old.binary(text)
    for at in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            with pytest.raises(TokenError):
                verifier.verify(bench.old.spell(bytes(flipped)), Access(now=NOW))


def test_no_character_of_the_text_can_be_another(bench) -> None:
    text, verifier = bench.old.macaroon(), bench.verifier()
    for at in range(len(text)):
        other = "A" if text[at] != "A" else "B"
        with pytest.raises(TokenError):
            verifier.verify(text[:at] + other + text[at + 1 :], Access(now=NOW))
    for changed in (text + "=", text + "A", text + "\n", " " + text, text[:-1], text.upper()):
        with pytest.raises(TokenError):
            verifier.verify(changed, Access(now=NOW))


def test_a_cut_or_lengthened_macaroon_is_refused(bench) -> None:
    data, verifier = bench.old.binary(bench.old.macaroon()), bench.verifier()
    for size in range(len(data)):
        with pytest.raises(TokenError):
            verifier.verify(bench.old.spell(data[:size]), Access(now=NOW))
    with pytest.raises(MalformedToken):
        verifier.verify(bench.old.spell(data + b"\0"), Access(now=NOW))
    with pytest.raises(MalformedToken):
        verifier.verify("mc_v1_" + "A" * 9000, Access(now=NOW))


def test_a_caveat_can_be_neither_dropped_nor_moved(bench) -> None:
    texts = bench.old.macaroon({"iss": bench.old.issuer}, {"iss": bench.old.issuer, "scp": []})
    made = v2.decode(bench.old.binary(texts))
    for caveats in (made.caveats[:2], made.caveats[:1], made.caveats[::-1], made.caveats[1:], ()):
        other = Macaroon(made.location, made.identifier, caveats, made.signature)
        with pytest.raises(BadTail):
            bench.verify(bench.old.spell(v2.encode(other)))


def test_only_the_secrets_that_stand_are_tried(bench) -> None:
    text = bench.old.macaroon()
    with pytest.raises(BadTail):
        bench.verify(bench.old.macaroon(secret="f" * 32))
    secrets = (HmacSecret("f" * 32), HmacSecret(bench.old.secret, NOW + 10))
    verifier = bench.verifier(secrets=secrets)
    verifier.verify(text, Access(now=NOW + 9))
    with pytest.raises(BadTail):
        verifier.verify(text, Access(now=NOW + 10))


def test_the_secret_itself_is_no_root_key(bench) -> None:
    with pytest.raises(BadTail):
        bench.verify(bench.old.macaroon(root=bench.old.secret.encode()))


def test_another_tenants_or_issuers_macaroon_is_unknown(bench) -> None:
    other = "00000000-0000-0000-0000-000000000001"
    with pytest.raises(UnknownKey):
        bench.verify(bench.old.macaroon(first=bench.old.claims(nid=other)))
    verifier = bench.verifier(issuers=("https://new.example",))
    with pytest.raises(UnknownKey):
        verifier.verify(bench.old.macaroon(), Access(now=NOW))
    both = bench.verifier(issuers=("https://new.example", bench.old.issuer))
    both.verify(bench.old.macaroon(), Access(now=NOW))


def test_the_location_must_be_the_issuer(bench) -> None:
    made = v2.decode(bench.old.binary(bench.old.macaroon()))
    for location in (b"", b"https://evil.example"):
        moved = Macaroon(location, made.identifier, made.caveats, made.signature)
        with pytest.raises(MalformedToken, match="location"):
            bench.verify(bench.old.spell(v2.encode(moved)))


def test_a_key_is_no_macaroon_and_a_macaroon_no_key(bench) -> None:
    body = bench.old.macaroon().removeprefix("mc_v1_")
    prefixes = TalosPrefixes(issued=("ory_ak",), macaroon=("mc", "other"))
    verifier = bench.verifier(prefixes=prefixes)
    verifier.verify(f"other_v1_{body}", Access(now=NOW))
    for prefix in ("ory_ak", "mz_mc", "nothing"):
        assert not verifier.takes(f"{prefix}_v1_{body}")
        with pytest.raises(TokenError):
            verifier.verify(f"{prefix}_v1_{body}", Access(now=NOW))
    key = bench.old.key()
    with pytest.raises(TokenError):
        verifier.verify(key.replace("ory_ak", "mc"), Access(now=NOW))


def test_without_an_issuer_no_macaroon_is_taken(bench) -> None:
    verifier = bench.verifier(issuers=())
    assert not verifier.takes(bench.old.macaroon())
    with pytest.raises(MalformedToken):
        verifier.verify(bench.old.macaroon(), Access(now=NOW))


@pytest.mark.parametrize("name", ["jti", "sub", "iss", "iat", "exp", "nid"])
def test_what_the_old_installation_always_claimed_must_be_there(bench, name) -> None:
    with pytest.raises(MalformedToken):
        bench.verify(bench.old.macaroon(first=bench.old.claims(**{name: None})))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "1800003600"},
        {"exp": 1800003600.0},
        {"exp": True},
        {"exp": -1},
        {"exp": 2**63},
        {"nbf": "x"},
        {"jti": "x"},
        {"jti": "99999999-8888-4777-8666-555555555556"},
        {"sub": "x"},
        {"scp": "read"},
        {"scp": [1]},
        {"scp": ["read"], "scope": ["read"]},
        {"aud": 1},
        {"acl": ["10.0.0.0"]},
        {"acl": ["10.0.0.0/255.0.0.0"]},
        {"acl": ["x/8"]},
        {"acl": "10.0.0.0/8"},
        {"act": 1},
        {"act": "\ud800"},
        {"meta": []},
        {"vis": "none"},
        {"vis": []},
        {"tty": "derived"},
        {"akid": "x"},
    ],
)
def test_claims_of_another_form_are_refused(bench, claims) -> None:
    with pytest.raises(MalformedToken):
        bench.verify(bench.old.macaroon(first=bench.old.claims(**claims)))


def test_claims_that_repeat_a_member_are_refused(bench) -> None:
    text = json.dumps(bench.old.claims())
    bench.verify(bench.old.macaroon(first=text))
    for repeated in ('{"exp": 1, ' + text[1:], text[:-1] + ', "meta": {"a": 1, "a": 2}}'):
        with pytest.raises(MalformedToken):
            bench.verify(bench.old.macaroon(first=repeated))


@pytest.mark.parametrize("identifier", ["", "{}", "x", '{"jti": 1}', '{"jti": "x"}'])
def test_an_identifier_of_another_form_is_refused(bench, identifier) -> None:
    with pytest.raises(MalformedToken):
        bench.verify(bench.old.macaroon(identifier=identifier or "\0"))


def test_an_identifier_may_say_more(bench) -> None:
    bench.verify(bench.old.macaroon(identifier=json.dumps({"jti": bench.old.jti, "v": 1})))


def test_a_macaroon_without_caveats_grants_nothing(bench) -> None:
    with pytest.raises(MalformedToken):
        bench.verify(bench.old.macaroon(all=()))


def test_the_issuers_own_claims_are_enforced(bench) -> None:
    acl = bench.old.macaroon(first=bench.old.claims(acl=["10.1.2.3/8", "2001:db8::/32"]))
    bench.verify(acl, client_ip="10.9.9.9")
    bench.verify(acl, client_ip="2001:db8::1")
    for client_ip in (None, "192.0.2.1"):
        with pytest.raises(CaveatUnmet, match="Network"):
            bench.verify(acl, client_ip=client_ip)
    with pytest.raises(CaveatUnmet, match="Scopes"):
        bench.verify(bench.old.macaroon(), scopes=("admin",))
    with pytest.raises(CaveatUnmet, match="Scopes"):
        bench.verify(bench.old.macaroon(first=bench.old.claims(scp=None)), scopes=("read",))
    bench.verify(bench.old.macaroon(first=bench.old.claims(scp=None, scope=["x"])), scopes=("x",))
    for aud in ("a", ["a"]):
        bound = bench.old.macaroon(first=bench.old.claims(aud=aud))
        bench.verify(bound, audience="a")
        for audience in (None, "b"):
            with pytest.raises(CaveatUnmet, match="Audience"):
                bench.verify(bound, audience=audience)


def test_it_expires_to_the_second_and_begins_within_the_skew(bench) -> None:
    text = bench.old.macaroon()
    bench.verify(text, now=NOW + 3599)
    bench.verify(text, now=NOW - 300)
    with pytest.raises(TokenExpired):
        bench.verify(text, now=NOW + 3600)
    with pytest.raises(CaveatUnmet, match="Window"):
        bench.verify(text, now=NOW - 301)


def test_a_macaroon_asks_for_its_parents_record(bench) -> None:
    old = Installation(secrets=(HmacSecret(bench.old.secret),), issuers=(bench.old.issuer,))
    verifier = TalosVerifier("default", old, denylist=NoDenylist(), records={})
    with pytest.raises(RecordNeeded) as needed:
        verifier.verify(bench.old.macaroon(), Access(now=NOW))
    assert needed.value.key_id == bench.id


@pytest.mark.parametrize(
    ("record", "error"),
    [
        ({"status": KeyStatus.REVOKED}, TokenRevoked),
        ({"status": KeyStatus.SUSPENDED}, TokenRevoked),
        ({"expires_at": NOW}, TokenExpired),
        ({"master_id": 1}, UnknownKey),
        ({"issued_at": NOW - 366 * 86_400}, UnknownKey),
    ],
)
def test_a_macaroon_dies_with_its_parents_record(bench, record, error) -> None:
    verifier = bench.verifier(record=bench.record(**record))
    with pytest.raises(error):
        verifier.verify(bench.old.macaroon(), Access(now=NOW))


def test_a_macaroon_lasts_no_longer_than_its_parent(bench) -> None:
    verifier = bench.verifier(record=bench.record(expires_at=NOW + 60))
    assert verifier.verify(bench.old.macaroon(), Access(now=NOW)).expires_at == NOW + 60


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.KEY, 0),
        (Kind.GRANT, 0),
        (Kind.BLOCK, 0),
        (Kind.CHILDREN, 1),
        (Kind.ACTOR, NOW - 1000),
        (Kind.TENANT, NOW - 1000),
        (Kind.SUNSET, NOW),
    ],
)
def test_a_macaroon_dies_by_every_kind_of_revocation(bench, kind, value) -> None:
    denylist = Denylist()
    verifier = bench.verifier(denylist=denylist)
    grant = verifier.verify(bench.old.macaroon(), Access(now=NOW))
    target = {
        Kind.GRANT: bench.jti,
        Kind.BLOCK: grant.revocation_ids[0],
        Kind.ACTOR: actor_target("default", "owner"),
        Kind.TENANT: tenant_target("default"),
    }.get(kind, bench.id)
    denylist.add(kind, target, value, NOW + 10**9)
    with pytest.raises(TokenRevoked):
        verifier.verify(bench.old.macaroon(), Access(now=NOW))


def test_it_also_dies_with_the_actor_that_its_parents_record_names(bench) -> None:
    denylist = Denylist()
    denylist.add(Kind.ACTOR, actor_target("default", "owner"), NOW, NOW + 10**9)
    text = bench.old.macaroon(first=bench.old.claims(act="someone else"))
    with pytest.raises(TokenRevoked):
        bench.verifier(denylist=denylist).verify(text, Access(now=NOW))


def test_the_child_of_an_imported_key_is_unknown_as_it_could_not_die_with_it(bench) -> None:
    with pytest.raises(UnknownKey):
        bench.verify(bench.old.macaroon(first=bench.old.claims(sub="ab" * 32)))


def test_a_third_party_caveat_is_never_met_and_named_by_its_position(bench) -> None:
    made = v2.decode(bench.old.binary(bench.old.macaroon()))
    third = Caveat(b"ticket", bytes(72), b"https://elsewhere.example")
    tail = chain.extend(made.signature, third)
    text = v2.encode(Macaroon(made.location, made.identifier, (*made.caveats, third), tail))
    with pytest.raises(CaveatUnmet) as unmet:
        bench.verify(bench.old.spell(text))
    assert (unmet.value.block, unmet.value.caveat) == (1, "ThirdParty")
