"""One tenant with its keys, for tests and fuzzers alike."""

import base64
import zlib
from collections.abc import Mapping, Sequence

import msgspec

import engine
import engine.denylist
from engine import KeyRecord, Keyring, MasterSecret, Verifier, chain, header
from engine.types import RateLimit

NOW = 1_800_000_000
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class World:
    """One tenant with its keys, and the means to build what only someone with the key could."""

    now = NOW

    def __init__(self) -> None:
        self.master = MasterSecret(1, bytes(range(32)))
        self.keys = Keyring(self.master).tenant("default")
        self.records: dict[bytes, KeyRecord] = {}

    def key(self, *, now: int = NOW, prefix: str = "mz_ak", **record: object) -> str:
        """A new key whose record stands in `records`."""
        minted = self.keys.mint_key(now=now, prefix=prefix)
        terms = {"expires_at": NOW + 10**8, "scopes": ("*",), "actor": "owner"}
        terms |= {"limit": RateLimit(7, 60)} | record
        self.records[minted.key_id] = KeyRecord(
            **{"master_id": minted.master_id, "issued_at": now} | terms
        )
        return minted.text

    def grant(self, **fields: object) -> str:
        """A new grant of key K."""
        return self.minted_grant(**fields).text

    def minted_grant(self, **fields: object) -> engine.Minted:
        terms = {"key_issued_at": NOW - 1000, "now": NOW, "expires_at": NOW + 10**8}
        terms |= {"actor": "owner", "scopes": ["*"], "key_id": b"K" * 16}
        return self.keys.mint_grant(**terms | fields)

    def verifier(self, **options: object) -> Verifier:
        """A verifier of the tenant; nothing is revoked unless a denylist is given."""
        defaults = {"denylist": engine.NoDenylist(), "records": self.records}
        return Verifier(self.keys, **defaults | options)

    def spell(self, prefix: str, data: bytes) -> str:
        """Any bytes as text with the right checksum."""
        body = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        return self.sign(f"{prefix}_{body}")

    def sign(self, text: str) -> str:
        value, digits = zlib.crc32(text.encode()), ""
        for _ in range(6):
            value, digit = divmod(value, 62)
            digits = DIGITS[digit] + digits
        return f"{text}_{digits}"

    def unspell(self, text: str) -> tuple[str, bytes]:
        """The prefix and the bytes of a well-formed token."""
        prefix, body = text[:5], text[6:-7]
        return prefix, base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))

    def parts(self, text: str) -> tuple[bytes, list[bytes], bytes]:
        """Header, blocks and tail."""
        head, blocks, tail = msgspec.msgpack.decode(self.unspell(text)[1])
        return head, blocks, tail

    def join(self, prefix: str, head: bytes, blocks: Sequence[bytes], tail: bytes) -> str:
        return self.spell(prefix, msgspec.msgpack.encode([head, list(blocks), tail]))

    def forge(self, head: bytes, *blocks: bytes, sealed: bool = False, prefix: str = "") -> str:
        """A token with the right tail over any header and blocks."""
        root = self.keys.root(1)
        assert root is not None
        tail, _ = chain.fold(root.secret, head, blocks)
        tail = chain.seal(tail) if sealed else tail
        bare = not blocks and head[1:2] == b"\x01"
        fitting = "mz_ms" if sealed else "mz_ak" if bare else "mz_mc"
        return self.join(prefix or fitting, head, blocks, tail)

    def head(self, **fields: object) -> bytes:
        """The header of a grant, any of whose fields may be given."""
        terms: Mapping[str, object] = {
            "master_id": 1,
            "tenant_epoch": 0,
            "key_id": b"K" * 16,
            "key_issued_at": NOW,
            "generation": 0,
            "grant_id": b"G" * 16,
            "issued_at": NOW,
            "expires_at": NOW + 10**8,
            "actor": "owner",
            "scopes": ("*",),
            "cidrs": None,
            "audiences": None,
            "claims": b"",
        }
        return msgspec.msgpack.encode(header.GrantHeader(**{**terms, **fields}))

    def denylist(self, *entries: tuple[int, bytes, int]) -> engine.Denylist:
        """A denylist of (kind, target, value)."""
        made = engine.denylist.Denylist()
        for kind, target, value in entries:
            made.add(kind, target, value, NOW + 10**9)
        return made
