"""What is minted as a JWT says what the contract says, and comes back as it went in."""

import base64
import json

import pytest

from engine import Access, CaveatUnmet, MalformedToken, TokenExpired, UnknownKey, Visibility, cidr
from engine.formats.jwt import Signer, inspect, looks_like_jwt
from engine.formats.jwt.claims import parse
from engine.formats.sealed import RESERVED, Sealed, seal, unseal

UUID_K = "4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b"


def parts(token):
    """Header and claims."""
    head, payload, _ = token.split(".")
    return json.loads(decoded(head)), json.loads(decoded(payload))


def decoded(part):
    return base64.urlsafe_b64decode(part + "===")


def test_the_header_names_algorithm_key_and_type_and_nothing_else(issuer):
    head, _ = parts(issuer.mint())
    assert head == {"alg": issuer.key.algorithm, "kid": issuer.key.kid, "typ": "JWT"}


def test_the_claims_are_the_compatible_ones_and_ours(issuer):
    sealed = Sealed({"team": "x"}, {"mine": [1]}, Visibility.PUBLIC)
    minted = issuer.minted(
        generation=3, audiences=["x"], cidrs=[cidr("10.0.0.0/8")], claims=seal(sealed)
    )
    _, claims = parts(minted.text)
    jti = claims.pop("jti")
    assert jti.replace("-", "") == minted.grant_id.hex() and jti.count("-") == 4
    assert claims == {
        "sub": UUID_K,
        "iss": "https://issuer.test",
        "aud": ["x"],
        "iat": issuer.now,
        "nbf": issuer.now,
        "exp": issuer.now + 600,
        "act": "owner",
        "nid": "default",
        "scp": ["a", "b"],
        "meta": {"team": "x"},
        "vis": "public",
        "acl": ["10.0.0.0/8"],
        "mine": [1],
        "generation": 3,
        "key_issued_at": issuer.now - 1000,
        "tenant_epoch": 0,
    }


def test_what_is_empty_is_left_out(issuer):
    _, claims = parts(issuer.mint(actor="", scopes=[]))
    assert not claims.keys() & {"aud", "act", "scp", "meta", "acl"}
    assert claims["vis"] == "secret"


def test_the_grant_is_what_was_minted(issuer):
    sealed = Sealed({"k": {"deep": [None, 1.5, "ключ"]}}, {"x": True}, Visibility.PUBLIC)
    minted = issuer.minted(
        generation=7, audiences=["x", "y"], cidrs=[cidr("10.0.0.0/8")], claims=seal(sealed)
    )
    grant = issuer.verify(minted.text)
    assert (grant.tenant, grant.key_id, grant.grant_id) == ("default", b"K" * 16, minted.grant_id)
    assert (grant.key_issued_at, grant.generation) == (issuer.now - 1000, 7)
    assert (grant.actor, grant.scopes, grant.audiences) == ("owner", ("a", "b"), ("x", "y"))
    assert (grant.expires_at, grant.sealed) == (issuer.now + 600, True)
    assert (grant.delegates, grant.revocation_ids) == ((), ())
    assert grant.visibility is Visibility.PUBLIC and unseal(grant.claims) == sealed


def test_two_tokens_of_the_same_terms_have_their_own_ids(issuer):
    one, two = issuer.minted(), issuer.minted()
    assert one.grant_id != two.grant_id and one.text != two.text


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": 1_800_000_000},
        {"audiences": []},
        {"cidrs": []},
        {"cidrs": [b"\x0a\0\0\x01\x08"]},
        {"cidrs": [b""]},
        {"audiences": ["x" * 257]},
        {"audiences": ["ü" * 129]},
        {"actor": "x" * 257},
        {"scopes": ["x" * 257]},
        {"scopes": ["\ud800"]},
        {"generation": -1},
        {"generation": 2**63},
        {"key_issued_at": True},
        {"key_id": b"short"},
        {"claims": b"\x80"},
        {"claims": b'{"meta": 5}'},
        *({"claims": json.dumps({"custom": {name: 1}}).encode()} for name in sorted(RESERVED)),
        {"claims": json.dumps({"custom": {"x": "y" * 8192}}).encode()},
    ],
)
def test_what_no_verifier_would_take_is_never_signed(issuer, fields):
    with pytest.raises(ValueError):
        issuer.mint(**fields)


def test_act_and_our_own_names_are_reserved():
    assert {"act", "generation", "key_issued_at", "tenant_epoch", "scope", "tty"} <= RESERVED


def test_expiry_is_strict_and_not_before_has_leeway(issuer):
    token, verifier = issuer.mint(), issuer.verifier(leeway=60)
    assert verifier.verify(token, Access(now=issuer.now + 599)).expires_at == issuer.now + 600
    with pytest.raises(TokenExpired) as caught:
        verifier.verify(token, Access(now=issuer.now + 600))
    assert caught.value.at == issuer.now + 600
    assert verifier.verify(token, Access(now=issuer.now - 60))
    with pytest.raises(CaveatUnmet) as early:
        verifier.verify(token, Access(now=issuer.now - 61))
    assert early.value.caveat == "Window"


def test_no_jwt_is_older_than_its_key_by_more_than_the_leeway(issuer):
    now = issuer.now
    for ahead, good in ((0, True), (60, True), (61, False), (2**62, False)):
        token = issuer.sign(issuer.payload(key_issued_at=now + ahead))
        access = Access(now=now, audience="x", client_ip="10.0.0.1")
        if good:
            assert issuer.verifier().verify(token, access)
        else:
            with pytest.raises(UnknownKey):
                issuer.verifier().verify(token, access)
    assert issuer.minted(key_issued_at=now + 1, now=now).issued_at == now + 1


def test_the_machines_clock_decides_nothing(issuer):
    past = issuer.mint(now=1000, key_issued_at=5, expires_at=2000)
    future = issuer.mint(now=2**40, expires_at=2**40 + 5)
    assert issuer.verifier().verify(past, Access(now=1500)).expires_at == 2000
    assert issuer.verifier().verify(future, Access(now=2**40)).expires_at == 2**40 + 5


@pytest.mark.parametrize(
    ("access", "caveat"),
    [
        ({"client_ip": "192.0.2.1"}, "Network"),
        ({"client_ip": None}, "Network"),
        ({"scopes": ("c",)}, "Scopes"),
        ({"audience": "y"}, "Audience"),
        ({"audience": None}, "Audience"),
    ],
)
def test_network_scopes_and_audience_restrict(issuer, access, caveat):
    token = issuer.mint(audiences=["x"], cidrs=[cidr("10.0.0.0/8")])
    good = {"now": issuer.now, "client_ip": "10.1.1.1", "scopes": ("a",), "audience": "x"}
    assert issuer.verifier().verify(token, Access(**good))
    with pytest.raises(CaveatUnmet) as caught:
        issuer.verifier().verify(token, Access(**good | access))
    assert caught.value.caveat == caveat


def test_a_token_without_scopes_covers_none(issuer):
    token = issuer.mint(scopes=[])
    assert issuer.verifier().verify(token, Access(now=issuer.now)).scopes == ()
    with pytest.raises(CaveatUnmet):
        issuer.verifier().verify(token, Access(now=issuer.now, scopes=("a",)))


@pytest.mark.parametrize(
    "options", [{"tenant": "other"}, {"epoch": 1}, {"issuers": ["https://other.test"]},
                {"issuers": []}, {"keys": []}],
)  # fmt: skip
def test_another_tenant_epoch_issuer_or_key_is_unknown(issuer, options):
    assert type(issuer.refusal(issuer.mint(), **options)) is UnknownKey


def test_a_retired_issuer_is_still_known(issuer):
    assert issuer.verify(issuer.mint(), issuers=["https://new.test", issuer.issuer])


def test_issuers_given_as_one_text_would_match_any_letter_and_are_refused(issuer):
    with pytest.raises(TypeError):
        issuer.verifier(issuers=issuer.issuer)


def test_explain_goes_through_all_that_can_be_said(issuer, twin):
    token = issuer.mint(audiences=["x"], cidrs=[cidr("10.0.0.0/8")])
    explain = issuer.verifier().explain
    good = Access(now=issuer.now, client_ip="10.1.1.1", audience="x")
    assert explain(token, good).allowed
    assert [s.check for s in explain(token, good).steps] == ["signature", "standing", "terms"]
    bad = explain(token, Access(now=issuer.now, scopes=("c",)))
    assert [s.name for s in bad.refusals] == ["Network", "Scopes", "Audience"]
    late = explain(token, Access(now=issuer.now + 600))
    assert [(s.check, s.error) for s in late.refusals] == [("standing", "TokenExpired")]
    forged = explain(twin.mint(), good)
    assert [(s.check, s.error) for s in forged.steps] == [("signature", "UnknownKey")]


def test_inspect_reads_without_a_key_and_says_that_nothing_is_verified(issuer):
    token = issuer.mint()
    info = inspect(token[:-8] + "AAAAAAAA")
    assert info.unverified_header == parse(decoded(token.split(".")[1]))[1]
    assert (info.unverified_issuer, info.unverified_tenant) == (issuer.issuer, "default")
    assert (info.unverified_kid, info.size) == (issuer.key.kid, len(token))
    for text in ("", "eyJ.eyJ.x", "mz_ak_x", "eyJhbGciOiJub25lIn0.e30.x"):
        with pytest.raises(MalformedToken):
            inspect(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("eyJa.b.c", True),
        ("eyJ.b.c", False),
        ("eyJa.b.c\n", False),
        ("eyJa.b.", False),
        ("eyJa..c", False),
        ("eyJa.b", False),
        ("eyJa.b.c.d", False),
        ("eyJa.b.c.d.e", False),
        ("eyJa.b.c=", False),
        ("eyJa.b+.c", False),
        (" eyJa.b.c", False),
        ("EyJa.b.c", False),
        ("eyJa.b.ключ", False),
        (b"eyJa.b.c", False),
        (None, False),
    ],
)
def test_the_shape_that_routes_a_credential_here(text, is_one):
    assert looks_like_jwt(text) is is_one


def test_no_repr_shows_a_token_or_a_private_key(issuer):
    minted = issuer.minted()
    shown = repr(minted) + repr(issuer.signer) + repr(issuer.key) + repr(issuer.verifier())
    assert minted.text not in shown and "private" not in shown.lower().replace("privatekey", "")
    assert not any(part in shown for part in minted.text.split("."))
    assert isinstance(issuer.signer, Signer)
