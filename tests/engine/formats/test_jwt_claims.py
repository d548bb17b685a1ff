"""A right signature over wrong claims: malformed, and never a grant that restricts less."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import MalformedToken, TokenError
from engine.formats.jwt import strictjson


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


REQUIRED = "jti sub iss iat nbf exp nid tenant_epoch key_issued_at generation vis".split()
UUID = "4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b"


@pytest.mark.parametrize("name", REQUIRED)
def test_a_signed_payload_without_a_required_claim_is_malformed(issuer, name):
    assert type(issuer.refusal(issuer.sign(issuer.payload(**{name: None})))) is MalformedToken


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in REQUIRED for value in ([], {}, True, 1.5, "", None)
          if (name, value) not in (("iss", ""), ("nid", ""), ("nid", None))),
        *((name, value) for name in ("iat", "nbf", "exp", "generation", "key_issued_at")
          for value in (-1, 2**63, 1_800_000_000.0, "1800000000", 1e999)),
        *((name, value) for name in ("jti", "sub")
          for value in (UUID.upper(), UUID + "\n", "{" + UUID + "}", UUID.replace("-", ""), "x")),
        ("tenant_epoch", 2**32),
        ("nbf", 1_799_999_999),
        ("vis", "SECRET"),
        ("vis", "other"),
        *(("aud", value) for value in (None, [], "x", [""] * 0, [1], {"x": 1}, ["y" * 257],
                                       ["ü" * 129])),
        *(("acl", value) for value in (None, [], "10.0.0.0/8", ["10.0.0.1/8"], ["x"], [1],
                                       ["10.0.0.1"], ["::ffff:10.0.0.0/104"], ["10.0.0.0/08"])),
        *(("act", value) for value in (None, {"sub": "x"}, ["x"], 5, "x" * 257)),
        *(("scp", value) for value in (None, "a b", [1], [["a"]], {"a": 1}, ["x" * 257])),
        *(("meta", value) for value in (None, [], "x", 1)),
        *((name, "x") for name in ("scope", "akid", "pid", "tty", "oid")),
        ("mine", 2**63),
        ("mine", 10**400),
        ("mine", float("nan")),
        ("mine", float("inf")),
        ("mine", "\ud800"),
    ],
)  # fmt: skip
def test_a_signed_payload_of_another_form_is_malformed_and_never_unrestricted(issuer, name, value):
    claims = issuer.payload() | {name: value}
    assert type(issuer.refusal(issuer.sign(claims))) is MalformedToken


@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"[]", b"5", b'"x"', b"{", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"{}{}",
     b"[" * 4000, b'{"a":' * 800, b"{'a': 1}", b'{"iat": 1, "iat": 1}'],
)  # fmt: skip
def test_a_signed_payload_that_is_no_claims_is_malformed(issuer, payload):
    assert type(issuer.refusal(issuer.sign(payload or b" "))) is MalformedToken


@pytest.mark.parametrize("where", ["top", "in meta", "in a custom claim", "by an escape"])
def test_a_member_given_twice_is_refused_at_every_depth(issuer, where):
    text = json.dumps(issuer.payload(meta={"a": {"b": 1}}, mine={"c": 1}))
    old, new = {
        "top": ('"generation": 0', '"generation": 9, "generation": 0'),
        "in meta": ('"b": 1', '"b": 1, "b": 1'),
        "in a custom claim": ('"c": 1', '"c": 1, "c": 2'),
        "by an escape": ('"generation": 0', '"generation": 9, "g\\u0065neration": 0'),
    }[where]
    assert text.count(old) == 1
    assert type(issuer.refusal(issuer.sign(text.replace(old, new).encode()))) is MalformedToken


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_signed_payload_is_a_grant_or_one_of_our_errors(issuer, data):
    claims = issuer.payload()
    name = data.draw(st.sampled_from([*claims, "act", "scp", "meta", "mine"]))
    token = issuer.sign(claims | {name: data.draw(json_values)})
    try:
        grant = issuer.verify(token)
    except TokenError:
        return
    assert grant.tenant == "default" and set(grant.scopes) <= set(claims["scp"]) | {
        *map(str, json.loads(unb64(token.split(".")[1])).get("scp", ()))
    }


@given(raw=st.binary(max_size=40))
def test_strict_json_reads_bytes_as_json_does_or_refuses(raw):
    try:
        value = strictjson.loads(raw)
    except ValueError as error:
        assert len(str(error)) < 20
    else:
        assert value == json.loads(raw)


def test_a_number_beyond_a_double_and_another_encoding_than_utf8_are_malformed(issuer):
    text = json.dumps(issuer.payload(mine=1))
    assert issuer.verify(issuer.sign(text.encode()))
    for payload in (
        text.replace('"mine": 1', '"mine": 1e999').encode(),
        text.replace('"mine": 1', '"mine": -1e999').encode(),
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-32-be"),
    ):
        assert type(issuer.refusal(issuer.sign(payload))) is MalformedToken
