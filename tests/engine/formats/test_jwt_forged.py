"""What was not signed here, or not as it stands, is refused, and the error says nothing of it."""

import base64
import hashlib
import hmac
import json
import string
import traceback

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import BadTail, MalformedToken, TokenError, UnknownKey

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_means_of_these_tests_sign_what_is_accepted(issuer):
    assert issuer.verify(issuer.sign(issuer.payload())).audiences == ("x",)
    assert issuer.verify(issuer.sign(issuer.payload(), {"typ": None}))


def test_every_bit_of_the_signature_counts(issuer):
    head, payload, signature = issuer.mint().split(".")
    raw = unb64(signature)
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        error = issuer.refusal(f"{head}.{payload}.{b64(bytes(flipped))}")
        assert type(error) is BadTail, bit


def test_every_character_of_the_text_counts(issuer):
    token = issuer.mint()
    for at, character in enumerate(token):
        other = ALPHABET[(ALPHABET.index(character) + 1) % 64] if character != "." else "A"
        issuer.refusal(token[:at] + other + token[at + 1 :])


@pytest.mark.parametrize("cut", [b"", b"\0", b"\0" * 64])
def test_a_signature_of_another_length_is_refused(issuer, cut):
    head, payload, signature = issuer.mint().split(".")
    for raw in (
        unb64(signature) + cut + b"\0",
        cut + b"\0" + unb64(signature),
        unb64(signature)[:-1],
    ):
        assert type(issuer.refusal(f"{head}.{payload}.{b64(raw)}")) is BadTail


def test_each_claim_is_under_the_signature(issuer):
    claims = issuer.payload(meta={"a": 1}, mine=1)
    head, _, signature = issuer.sign(claims).split(".")
    assert len(claims) == 17
    for name in claims:
        for changed in ({**claims, name: "other"}, {k: v for k, v in claims.items() if k != name}):
            payload = b64(json.dumps(changed).encode())
            assert type(issuer.refusal(f"{head}.{payload}.{signature}")) is BadTail, name
    payload = b64(json.dumps({**claims, "more": 1}).encode())
    assert type(issuer.refusal(f"{head}.{payload}.{signature}")) is BadTail


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "nOnE"])
def test_no_algorithm_is_no_signature(issuer, algorithm):
    token = issuer.sign(issuer.payload(), {"alg": algorithm})
    assert type(issuer.refusal(token)) is MalformedToken
    assert type(issuer.refusal(token.rsplit(".", 1)[0] + ".")) is MalformedToken
    assert type(issuer.refusal(token.rsplit(".", 1)[0] + ".AA")) is MalformedToken


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_the_public_key_is_never_taken_for_an_hmac_secret(issuer, algorithm, encoding, form):
    public = issuer.key.public.public_bytes(encoding, form)
    head = {"alg": algorithm, "kid": issuer.key.kid, "typ": "JWT"}
    signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(issuer.payload()).encode())}"
    digest = getattr(hashlib, "sha" + algorithm[2:])
    for secret in (public, public.strip(), b"", issuer.key.kid.encode()):
        mac = b64(hmac.digest(secret, signed.encode(), digest))
        assert type(issuer.refusal(f"{signed}.{mac}")) is MalformedToken


def test_the_key_fixes_the_algorithm_and_the_token_only_agrees(issuer, other):
    both = [issuer.key, other.key]
    assert issuer.verify(issuer.mint(), keys=both)
    for algorithm in ("EdDSA", "RS256", "RS384", "RS512", "PS256", "ES256", "Ed25519", "eddsa"):
        if algorithm != issuer.key.algorithm:
            token = issuer.sign(issuer.payload(), {"alg": algorithm})
            assert type(issuer.refusal(token, keys=both)) is MalformedToken


def test_another_keys_signature_under_this_kid_is_forged(issuer, twin, other):
    keys = [issuer.key, twin.key, other.key]
    assert twin.verify(twin.mint(), keys=keys)
    token = twin.sign(twin.payload(), {"kid": issuer.key.kid})
    assert type(issuer.refusal(token, keys=keys)) is BadTail
    token = other.sign(other.payload(), {"kid": issuer.key.kid})
    assert type(issuer.refusal(token, keys=keys)) is MalformedToken
    token = other.sign(other.payload(), {"kid": issuer.key.kid, "alg": issuer.key.algorithm})
    assert type(issuer.refusal(token, keys=keys)) is BadTail


@pytest.mark.parametrize("kid", ["", "x", "../../dev/null", "' OR 1=1 --", "0"])
def test_an_unknown_kid_is_an_unknown_key_and_none_is_tried_instead(issuer, kid):
    assert type(issuer.refusal(issuer.sign(issuer.payload(), {"kid": kid}))) is UnknownKey
    near = issuer.key.kid[:-1]
    assert type(issuer.refusal(issuer.sign(issuer.payload(), {"kid": near}))) is UnknownKey


@pytest.mark.parametrize("kid", [None, 5, ["x"], {"x": 1}, True])
def test_a_missing_kid_or_one_that_is_no_text_is_malformed(issuer, kid):
    assert type(issuer.refusal(issuer.sign(issuer.payload(), {"kid": kid}))) is MalformedToken


@pytest.mark.parametrize(
    "member", ["crit", "jwk", "jku", "x5u", "x5c", "x5t", "b64", "zip", "cty", "enc", "p2c", "Kid"]
)
def test_every_other_header_member_is_refused(issuer, twin, member):
    value = {"crit": ["exp"], "jwk": twin.key.jwk(), "b64": True, "p2c": 10**9}.get(member, "x")
    token = issuer.sign(issuer.payload(), {member: value})
    assert type(issuer.refusal(token)) is MalformedToken


def test_a_key_that_the_token_brings_along_signs_nothing(issuer, twin):
    header = {"jwk": twin.key.jwk(), "kid": twin.key.kid}
    assert type(issuer.refusal(twin.sign(twin.payload(), header))) is MalformedToken


@pytest.mark.parametrize("typ", ["jwt", "at+jwt", "JOSE", "", 5, ["JWT"], True])
def test_another_type_is_refused(issuer, typ):
    assert type(issuer.refusal(issuer.sign(issuer.payload(), {"typ": typ}))) is MalformedToken


def test_a_header_with_a_member_given_twice_is_refused(issuer):
    head = f'{{"alg":"none","alg":"{issuer.key.algorithm}","kid":"{issuer.key.kid}"}}'
    token = issuer.sign_raw(head.encode(), issuer.payload())
    assert type(issuer.refusal(token)) is MalformedToken


def test_one_token_has_one_spelling(issuer):
    token = issuer.mint()
    parts = token.split(".")
    spellings = [token + "=", token + "==", token + "\n", " " + token, token + ".", "." + token,
                 token.replace(".", ".\n", 1), token.replace(".", "=.", 1), token + "\0",
                 ".".join(parts[:2]), ".".join([*parts, parts[2]]), token.replace(".", "..", 1),
                 token.encode(), None, 5]  # fmt: skip
    for number, part in enumerate(parts):
        if len(part) % 4:  # what the last character says beyond the last whole byte
            last = ALPHABET.index(part[-1])
            spare = 16 if len(part) % 4 == 2 else 4
            assert last % spare == 0
            for stray in range(1, spare):
                changed = part[:-1] + ALPHABET[last + stray]
                spellings.append(".".join([*parts[:number], changed, *parts[number + 1 :]]))
    assert len(spellings) > 17
    for spelling in spellings:
        assert type(issuer.refusal(spelling)) is MalformedToken


def test_8192_bytes_are_the_most(issuer):
    claims = issuer.payload(mine="")
    room = 8192 - len(issuer.sign(claims))
    fitting = issuer.sign(claims | {"mine": "x" * (room * 3 // 4 - 2)})
    assert 8180 < len(fitting) <= 8192 and issuer.verify(fitting)
    assert type(issuer.refusal(issuer.sign(claims | {"mine": "x" * room}))) is MalformedToken
    assert type(issuer.refusal("eyJ" + "a" * 10_000_000 + ".b.c")) is MalformedToken


@settings(max_examples=60, deadline=None)
@given(text=st.text() | st.from_regex(r"eyJ[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_any_text_is_refused_with_one_of_our_errors(issuer, text):
    assert isinstance(issuer.refusal(text), TokenError)


def test_no_error_carries_any_part_of_the_token(issuer, twin):
    secret = "hunter2"
    claims = issuer.payload(mine=secret, act=secret)
    tokens = [
        twin.sign(claims),
        twin.sign(claims, {"kid": issuer.key.kid}),
        issuer.sign(claims, {"crit": [secret]}),
        issuer.sign(claims, {"kid": secret}),
        issuer.sign(claims, {"alg": secret}),
        issuer.sign(claims | {"vis": secret}),
        issuer.sign(claims | {"iss": secret}),
        issuer.sign(claims | {"exp": secret}),
        issuer.sign(b'{"' + secret.encode()),
    ]
    for token in tokens:
        error = issuer.refusal(token)
        shown = str(error) + repr(error) + "".join(traceback.format_exception(error))
        assert secret not in shown.replace("test_jwt_forged", "")
        assert not any(part in shown for part in token.split("."))
