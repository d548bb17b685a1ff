"""Another implementation of what Talos mints, from packages that are not ours."""

import base64
import hashlib
import hmac
import json
from typing import Any

import base58
import pytest
from pymacaroons import MACAROON_V2, Macaroon

NIL = "00000000-0000-0000-0000-000000000000"


class OldTalos:
    """An old installation: mints issued keys and macaroons under its secret."""

    secret = "0123456789abcdef0123456789abcdef"
    issuer = "https://talos.example"
    key_id = "11111111-2222-4333-8444-555555555555"
    jti = "99999999-8888-4777-8666-555555555555"
    issued_at = 1_800_000_000

    def key(self, **parts: Any) -> str:
        """An issued key; `payload` replaces the identifier's text."""
        issued_at = parts.get("issued_at", self.issued_at)
        payload = parts.get("payload", f"{issued_at}:{parts.get('key_id', self.key_id)}")
        identifier = base58.b58encode(payload).decode()
        signed = f"{parts.get('prefix', 'ory_ak')}_v1_{identifier}_"
        secret = parts.get("secret", self.secret).encode()
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return signed + base58.b58encode(mac).decode()

    def claims(self, **claims: Any) -> dict[str, Any]:
        """All claims of a macaroon; those given as None are left out."""
        full = {
            "jti": self.jti,
            "sub": self.key_id,
            "iss": self.issuer,
            "iat": self.issued_at,
            "nbf": self.issued_at,
            "exp": self.issued_at + 3600,
            "nid": NIL,
            "act": "owner",
            "scp": ["read", "write"],
            "vis": "secret",
        }
        return {name: value for name, value in (full | claims).items() if value is not None}

    def macaroon(self, *appended: Any, first: Any = None, **how: Any) -> str:
        """A macaroon; dicts become JSON, text and bytes go in as they are.

        `first` replaces the claims; identifier, secret, prefix and root may be given.
        """
        root = how.get("root") or hmac.new(
            how.get("secret", self.secret).encode(), b"talos/macaroon/v1/root-key", hashlib.sha256
        )
        made = Macaroon(
            location=self.issuer,
            identifier=how.get("identifier", json.dumps({"jti": self.jti})),
            key=root if isinstance(root, bytes) else root.digest(),
            version=MACAROON_V2,
        )
        given = (self.claims() if first is None else first, *appended)
        for caveat in how.get("all", given):
            is_json = isinstance(caveat, dict | list)
            made.add_first_party_caveat(
                json.dumps(caveat, sort_keys=True, separators=(",", ":")) if is_json else caveat
            )
        return f"{how.get('prefix', 'mc')}_v1_{made.serialize()}"

    def append(self, text: str, *caveats: Any, prefix: str = "mc") -> str:
        """The macaroon with more caveats, as its holder appends them."""
        made = Macaroon.deserialize(text.removeprefix(f"{prefix}_v1_"))
        for caveat in caveats:
            made.add_first_party_caveat(json.dumps(caveat) if isinstance(caveat, dict) else caveat)
        return f"{prefix}_v1_{made.serialize()}"

    def binary(self, text: str, prefix: str = "mc") -> bytes:
        """The bytes of a macaroon's text."""
        body = text.removeprefix(f"{prefix}_v1_")
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))

    def spell(self, data: bytes, prefix: str = "mc") -> str:
        """The text of a macaroon's bytes."""
        return f"{prefix}_v1_" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="session")
def old_talos() -> OldTalos:
    return OldTalos()
