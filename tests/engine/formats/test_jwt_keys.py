"""What may sign: the kid is the key's own thumbprint, and a weak key is none."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine import Access, UnknownKey
from engine.formats.jwt import VerifyingKey
from engine.formats.jwt.keys import base64url, integer

NOW = 1_800_000_000


def rsa_public(n, e=65_537):
    return rsa.RSAPublicNumbers(e, n).public_key()


def test_the_kid_of_an_ed25519_key_is_the_rfc_8037_example_thumbprint():
    x = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    key = VerifyingKey(Ed25519PublicKey.from_public_bytes(x))
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_kid_of_an_rsa_key_is_the_rfc_7638_example_thumbprint():
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJEC"
        "PebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Qvz"
        "qY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZ"
        "u0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    modulus = int.from_bytes(base64.urlsafe_b64decode(n + "=="), "big")
    key = VerifyingKey(rsa_public(modulus))
    assert key.kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert (key.jwk()["n"], key.jwk()["e"]) == (n, "AQAB")


def test_a_key_of_another_kind_or_strength_is_refused():
    strong = rsa.generate_private_key(65_537, 2048).public_key().public_numbers().n
    unfit = [
        rsa.generate_private_key(65_537, 1024).public_key(),
        rsa_public((1 << 2046) | 1),
        rsa_public((1 << 4096) | 1),
        rsa_public(strong, 3),
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        ed448.Ed448PrivateKey.generate().public_key(),
        rsa.generate_private_key(65_537, 2048),
        b"secret",
        None,
    ]
    for key in unfit:
        with pytest.raises(ValueError):
            VerifyingKey(key)
    assert VerifyingKey(rsa_public(strong)).algorithm == "RS256"


def test_the_public_jwk_holds_public_members_alone(issuer):
    jwk = issuer.key.jwk()
    members = {"EdDSA": {"crv", "x"}, "RS256": {"n", "e"}}[issuer.key.algorithm]
    assert jwk.keys() == {"kty", "kid", "use", "alg"} | members
    assert (jwk["use"], jwk["alg"]) == ("sig", issuer.key.algorithm)


def test_a_key_verifies_until_its_end_and_not_from_then_on(issuer):
    token = issuer.mint()
    verifier = issuer.verifier([VerifyingKey(issuer.key.public, end=NOW + 5)])
    assert verifier.verify(token, Access(now=NOW + 4))
    with pytest.raises(UnknownKey):
        verifier.verify(token, Access(now=NOW + 5))
    # Whoever holds it may still have it revoked: that asks whether it is genuine, not whether good.
    assert verifier.authenticate(token).header.key_id == b"K" * 16


@pytest.mark.parametrize(
    ("value", "text"), [(65_537, "AQAB"), (1, "AQ"), (0x80, "gA"), (256, "AQA")]
)
def test_integers_take_as_few_bytes_as_they_can(value, text):
    assert integer(value) == text == base64url(value.to_bytes(3, "big").lstrip(b"\0"))
