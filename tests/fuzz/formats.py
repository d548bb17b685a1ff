"""The formats beside the native one, fuzzed: what is read is written again alike, or is refused.

    python -m tests.fuzz.formats SECONDS

Their seeds are made here: a JWT's would be no good tomorrow if its bytes lay in a file.
"""

import base64
import random
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import Access, NoDenylist, TokenError
from engine.errors import MalformedToken
from engine.formats.jwt import JwtVerifier, Signer
from engine.formats.macaroons import Verifier, mint, v2, v2_json
from tests.fuzz.mutate import garble

NOW = 1_800_000_000
KEY = b"k" * 32
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), issuer="i", tenant="t")
JUDGE = JwtVerifier([SIGNER.key], tenant="t", issuers=["i"], denylist=NoDenylist())
SIGNED = SIGNER.mint_grant(
    b"K" * 16, key_issued_at=NOW, now=NOW, expires_at=NOW + 9, actor="a", scopes=["s"],
    audiences=["x"],
).text  # fmt: skip


def _v2_seeds() -> list[bytes]:
    bare = mint.mint(KEY, b"id", b"https://a.test")
    narrowed = mint.attenuate(mint.attenuate(bare, b"op = read"), b"x" * 300)
    return [v2.encode(one) for one in (bare, narrowed, mint.mint(KEY, b"\xff\x00"))]


def macaroon(data: bytes) -> str:
    """V2: one spelling but for an empty location, and nothing but what was minted is authentic."""
    try:
        read = v2.decode(data)
    except MalformedToken:
        return "refused"
    assert v2.decode(v2.encode(read)) == read
    try:
        Verifier(exact=[b"op = read", b"x" * 300]).verify(read, KEY, None)
    except TokenError:
        return "read"
    minted = [v2.decode(seed) for seed in _v2_seeds()]
    # No chain covers a location.
    same = {(one.identifier, one.caveats, one.signature) for one in minted}
    assert (read.identifier, read.caveats, read.signature) in same, "a forged macaroon was accepted"
    return "allowed"


def macaroon_json(data: bytes) -> str:
    """V2 JSON: what is read is written again alike."""
    try:
        read = v2_json.decode(data)
    except MalformedToken:
        return "refused"
    assert v2_json.decode(v2_json.encode(read)) == read
    return "read"


def jwt(data: bytes) -> str:
    """A JWT, its header or its payload: only the one that was signed is allowed."""
    parts = SIGNED.split(".")
    spelled = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    whole = data.decode("latin-1")
    for token in (whole, ".".join([spelled, *parts[1:]]), ".".join([parts[0], spelled, parts[2]])):
        try:
            JUDGE.verify(token, Access(now=NOW, audience="x"))
        except TokenError:
            continue
        assert token == SIGNED, "a forged JWT was accepted"
        return "allowed"
    return "refused"


def _unspelled(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


SEEDS: dict[str, list[bytes]] = {
    "v2": _v2_seeds(),
    "v2_json": [v2_json.encode(v2.decode(seed)) for seed in _v2_seeds()],
    "jwt": [SIGNED.encode(), *map(_unspelled, SIGNED.split(".")[:2])],
}
FORMATS: dict[str, Callable[[bytes], str]] = {"v2": macaroon, "v2_json": macaroon_json, "jwt": jwt}


def main(seconds: float) -> None:
    rng = random.Random()
    for name, target in FORMATS.items():
        ends, count = time.monotonic() + seconds / len(FORMATS), 0
        while time.monotonic() < ends:
            target(garble(rng.choice(SEEDS[name]), rng))
            count += 1
        print(f"{name}: {count} inputs, no forgery and no other error")


if __name__ == "__main__":
    main(float(sys.argv[1]))
