"""Other projects' vectors, and one issuer of JWTs that can also sign what it never would."""

import base64
import functools
import json
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import PyJWS

import engine
from engine import Access, Grant, TokenError
from engine.formats.jwt import JwtVerifier, Signer, VerifyingKey
from engine.formats.jwt.sign import PrivateKey

VECTORS = pathlib.Path(__file__).parents[2] / "vectors" / "macaroons"


@pytest.fixture(scope="module", autouse=True)
def implementation() -> str:
    """Stands in for the fixture of the same name that swaps the native chain for its twin."""
    return "only"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], dict]:
    """The vectors of another project, by name."""
    return lambda name: json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


NOW = 1_800_000_000
ISSUER = "https://issuer.test"


@functools.cache
def private(name: str) -> PrivateKey:
    """One key a name for the whole run: those that begin with "rsa" are RSA."""
    if name.startswith("rsa"):
        return rsa.generate_private_key(65_537, 2048)
    return Ed25519PrivateKey.generate()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Issuer:
    """Signs for tenant "default" with key `name`."""

    now = NOW
    issuer = ISSUER

    def __init__(self, name: str) -> None:
        self.name = name
        self.private = private(name)
        self.signer = Signer(self.private, issuer=ISSUER, tenant="default")
        self.key = self.signer.key

    def mint(self, **fields: Any) -> str:
        return self.minted(**fields).text

    def minted(self, **fields: Any) -> engine.Minted:
        terms = {"key_id": b"K" * 16, "key_issued_at": NOW - 1000, "now": NOW}
        terms |= {"expires_at": NOW + 600, "actor": "owner", "scopes": ["a", "b"]}
        return self.signer.mint_grant(**terms | fields)

    def payload(self, **changed: Any) -> dict[str, Any]:
        """The claims of a minted token, some of them changed; None leaves one out."""
        token = self.mint(audiences=["x"], cidrs=[engine.cidr("10.0.0.0/8")])
        claims = json.loads(unb64(token.split(".")[1])) | changed
        return {name: value for name, value in claims.items() if value is not None}

    def sign(
        self, payload: Mapping[str, Any] | bytes, header: Mapping[str, Any] | None = None
    ) -> str:
        """Any payload under any header, its signature right for this key."""
        head = {"alg": self.key.algorithm, "kid": self.key.kid, "typ": "JWT"}
        head |= header or {}
        raw = json.dumps({name: value for name, value in head.items() if value is not None})
        return self.sign_raw(raw.encode(), payload)

    def sign_raw(self, header: bytes, payload: Mapping[str, Any] | bytes) -> str:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signed = f"{b64(header)}.{b64(body)}"
        algorithm = PyJWS().get_algorithm_by_name(self.key.algorithm)
        return f"{signed}.{b64(algorithm.sign(signed.encode(), self.private))}"

    def verifier(self, keys: Iterable[VerifyingKey] | None = None, **options: Any) -> JwtVerifier:
        """A verifier that knows this key alone, and nothing revoked, unless told otherwise."""
        defaults = {"tenant": "default", "issuers": [ISSUER], "denylist": engine.NoDenylist()}
        return JwtVerifier([self.key] if keys is None else keys, **defaults | options)

    def verify(self, token: str, **options: Any) -> Grant:
        """For an access that everything minted by default allows."""
        access = Access(now=NOW, client_ip="10.0.0.1", audience="x")
        return self.verifier(**options).verify(token, access)

    def refusal(self, token: Any, **options: Any) -> TokenError:
        with pytest.raises(TokenError) as caught:
            self.verify(token, **options)
        return caught.value


@pytest.fixture(params=["ed25519", "rsa"], scope="module")
def issuer(request: pytest.FixtureRequest) -> Issuer:
    """The issuer with either kind of key."""
    return Issuer(request.param)


@pytest.fixture(scope="module")
def other(issuer: Issuer) -> Issuer:
    """Another house, with the other kind of key."""
    return Issuer("rsa-other" if issuer.name == "ed25519" else "ed25519-other")


@pytest.fixture(scope="module")
def twin(issuer: Issuer) -> Issuer:
    """Another house, with the same kind of key."""
    return Issuer(f"{issuer.name}-twin")
