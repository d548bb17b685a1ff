"""GET /.well-known/jwks.json, 200: what it answers."""

import base64

import pytest

from server import keylife, secretfile
from server.signingkeys import Algorithm, SigningKey, State
from tests.server.routes.jwks.asking import change
from tests.server.routes.paths import JWKS, WELL_KNOWN

JWT = {"algorithm": "TOKEN_ALGORITHM_JWT"}


def published(api):
    return [key["kid"] for key in api.call("GET", WELL_KNOWN, key=None).json()["keys"]]


def kid_of(token):
    return base64.urlsafe_b64decode(token.split(".")[0] + "===").decode()


def terms(api, **more):
    return keylife.Terms(now=api.node.now(), max_ttl=api.settings.max_ttl, **more)


@pytest.mark.parametrize("path", [JWKS, WELL_KNOWN])
@pytest.mark.parametrize("surface", ["all", "admin", "public"])
def test_the_set_is_public_on_every_surface_in_both_forms_at_once(open_api, path, surface):
    api = open_api(surface=surface)
    answer = api.call("GET", path, key=None)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    body = answer.json()
    assert body == {"jwks": {"keys": body["keys"]}, "keys": body["keys"]}
    assert len(body["keys"]) == 1
    assert api.call("HEAD", path, key=None).status_code == 200
    assert api.call("POST", path, {}, key=None).status_code == 405


def test_no_private_member_is_published(api):
    change(api, lambda keys: keylife.add(keys, SigningKey.generate(Algorithm.RS256)))
    api.reopen()
    answer = api.call("GET", JWKS, key=None)
    ed25519, rsa = answer.json()["keys"]
    assert ed25519.keys() == {"kty", "crv", "kid", "use", "alg", "x"}
    assert rsa.keys() == {"kty", "kid", "use", "alg", "n", "e"}
    assert (ed25519["alg"], rsa["alg"]) == ("EdDSA", "RS256")
    for key in secretfile.load(api.settings.secret_file).signing_keys:
        for name, value in key.private_jwk().items():
            if name in ("d", "p", "q", "dp", "dq", "qi"):
                assert value not in answer.text


def test_rotation_with_a_standby_leaves_no_moment_without_the_key_that_signs(api, clock):
    _, secret = api.issue()
    old = api.derive(secret, **JWT)
    (first,) = published(api)
    change(api, lambda keys: keylife.add(keys, SigningKey.generate(Algorithm.RS256)))
    assert published(api) == [first], "a running server keeps the keys it read"
    api.reopen()
    _, second = published(api)
    assert first in kid_of(api.derive(secret, **JWT))
    rotation = terms(api)
    change(api, lambda keys: keylife.rotate(keys, keylife.standby(keys, None), rotation))
    between = api.derive(secret, **JWT)  # signed by the first, after it was retired in the file
    api.reopen()
    new = api.derive(secret, **JWT)
    assert second in kid_of(new) and published(api) == [first, second]
    assert [api.code(token) for token in (old, between, new)] == ["ok"] * 3
    clock.forward(api.settings.max_ttl + 86_400)
    assert published(api) == [second]


def test_a_key_that_has_ended_verifies_nothing_and_is_not_published(api, clock):
    _, secret = api.issue()
    token = api.derive(secret, **JWT)
    leaked = terms(api, end=api.node.now() + 60, strand=True)
    change(api, lambda keys: keylife.rotate(keys, SigningKey.generate(), leaked))
    api.reopen()
    assert api.code(token) == "ok" and len(published(api)) == 2
    clock.forward(60)
    assert api.code(token) == "SIGNATURE_INVALID" and len(published(api)) == 1
    assert api.code(api.derive(secret, **JWT)) == "ok"


def test_a_file_from_before_keys_had_states_still_signs_and_verifies(api):
    _, secret = api.issue()
    token = api.derive(secret, **JWT)
    path = api.settings.secret_file
    text = path.read_text()
    path.write_text(text.replace(',\n      "state": "signing"', ""))
    assert "state" not in path.read_text() and "state" in text
    api.reopen()
    (key,) = api.node.signing_keys
    assert key.state is State.SIGNING
    assert api.code(token) == "ok" and api.code(api.derive(secret, **JWT)) == "ok"
