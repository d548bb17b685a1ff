"""Two other implementations agree: joserfc verifies ours and we its, PyJWT's own decoder too."""

import json

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from engine import BadTail, cidr
from engine.formats.jwt import VerifyingKey
from engine.formats.sealed import Sealed, seal
from engine.scopes import fault
from server.signingkeys import SigningKey

# RFC 9864 would rather say Ed25519; the compatible API and every deployed client say EdDSA.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

ALGORITHMS = ["EdDSA", "RS256"]


def oracle(members):
    return (OKPKey if members["kty"] == "OKP" else RSAKey).import_key(members)


def registry():
    return JWSRegistry(algorithms=ALGORITHMS)


def test_joserfc_verifies_ours_by_the_published_key(issuer):
    token = issuer.mint(audiences=["x"], cidrs=[cidr("10.0.0.0/8")])
    read = jws.deserialize_compact(token, oracle(issuer.key.jwk()), registry=registry())
    assert json.loads(read.payload)["sub"] == "4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b"
    assert read.headers()["kid"] == issuer.key.kid


def test_we_verify_what_joserfc_signed_with_our_key(issuer):
    private = oracle(SigningKey(issuer.private).private_jwk())
    header = {"alg": issuer.key.algorithm, "kid": issuer.key.kid, "typ": "JWT"}
    payload = json.dumps(issuer.payload()).encode()
    token = jws.serialize_compact(header, payload, private, registry=registry())
    assert issuer.verify(token).actor == "owner"


def test_the_kid_is_the_thumbprint_that_joserfc_computes(issuer):
    assert oracle(issuer.key.jwk()).thumbprint() == issuer.key.kid


def test_a_generic_jwt_library_reads_the_registered_claims(issuer):
    now = 2**33  # PyJWT has a clock
    token = issuer.mint(now=1000, key_issued_at=0, expires_at=now, audiences=["x"])
    key = jwt.PyJWK(issuer.key.jwk())
    claims = jwt.decode(token, key, audience="x", issuer=issuer.issuer)
    assert (claims["iat"], claims["exp"], claims["act"]) == (1000, now, "owner")
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token, key, audience="y", issuer=issuer.issuer)


@settings(max_examples=60, deadline=None)
@given(
    meta=st.dictionaries(st.text(max_size=9), st.integers(0, 9) | st.text(max_size=9), max_size=3),
    scopes=st.lists(st.text(max_size=20).filter(lambda text: not fault(text)), max_size=3),
    actor=st.text(max_size=60),
)
def test_joserfc_reads_the_claims_that_went_in(issuer, meta, scopes, actor):
    token = issuer.mint(claims=seal(Sealed(meta or None)), scopes=scopes, actor=actor)
    read = jws.deserialize_compact(token, oracle(issuer.key.jwk()), registry=registry())
    claims = json.loads(read.payload)
    assert claims.get("meta", {}) == meta and claims.get("scp", []) == scopes
    assert claims.get("act", "") == actor == issuer.verify(token).actor


def test_both_refuse_the_same_flipped_bits_and_wrong_keys(issuer, twin):
    token = issuer.mint()
    for at in range(0, len(token), 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        issuer.refusal(changed)
        with pytest.raises((JoseError, ValueError)):
            jws.deserialize_compact(changed, oracle(issuer.key.jwk()), registry=registry())
    forged = twin.sign(twin.payload(), {"kid": issuer.key.kid})
    assert type(issuer.refusal(forged)) is BadTail
    with pytest.raises(JoseError):
        jws.deserialize_compact(forged, oracle(issuer.key.jwk()), registry=registry())


def test_a_key_that_joserfc_made_is_read_from_its_jwk():
    for made in (OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)):
        members = made.as_dict(private=True) | {"kid": made.thumbprint()}
        key = SigningKey.from_jwk(members)
        assert key.kid == made.thumbprint()
        assert VerifyingKey(key.private.public_key()).jwk() == key.public_jwk()
