"""The tokens that are measured, always the same ones but for their random ids."""

from collections.abc import Sequence

from engine import Access, Denylist, KeyRecord, Keyring, Kind, MasterSecret, Verifier, attenuate
from engine.caveats import Amount, Scopes, Tools

NOW = 1_800_000_000
REVOKED = 10_000
ACCESS = Access(
    now=NOW, tool="payments.execute", amount=("USD", 4200), scopes=("payments:execute",)
)
THREE = (Tools(["payments.execute"]), Amount("USD", 4999), Scopes(["payments:*"]))


class Corpus:
    """Keys, grants and narrowed tokens of one tenant, and their verifier."""

    def __init__(self) -> None:
        self.keys = Keyring(MasterSecret(1, bytes(range(32)))).tenant("default")
        self.records: dict[bytes, KeyRecord] = {}
        denylist = Denylist()
        for number in range(REVOKED):
            denylist.add(Kind.BLOCK, number.to_bytes(16, "little"), 0, NOW * 2)
        self.verifier = Verifier(self.keys, denylist=denylist, records=self.records)

    def key(self, blocks: int = 1) -> str:
        """A key narrowed by `blocks` blocks: the first of three caveats, the others of one."""
        minted = self.keys.mint_key(now=NOW)
        self.records[minted.key_id] = KeyRecord(1, NOW, NOW + 3600, scopes=("payments:*",))
        return self._narrowed(minted.text, blocks)

    def grant(self, blocks: int = 1) -> str:
        """A grant, narrowed likewise."""
        minted = self.keys.mint_grant(
            b"K" * 16, key_issued_at=NOW, now=NOW, expires_at=NOW + 600, actor="agent",
            scopes=("payments:*",),
        )  # fmt: skip
        return self._narrowed(minted.text, blocks)

    def many(self, count: int) -> Sequence[str]:
        """Different keys, each narrowed once."""
        return [self.key() for _ in range(count)]

    def _narrowed(self, text: str, blocks: int) -> str:
        for number in range(blocks):
            text = attenuate(text, *(THREE[:1] if number else THREE)).text
        return text
