"""Salted hashes as the database may hold them: sealed, so that it gives nothing to try guesses on.

    key  = B3(derive_key("marzipan 2026-11 hashed key seal v1", master_secret), tenant)
    seal = nonce(12) || ChaCha20-Poly1305(key, nonce, algorithm NUL hash, key id)        RFC 8439

The key id is authenticated with it: moved to another row, a seal does not open. Nonces are random;
2^32 seals of one tenant under one master stay far below where two of them could meet.
"""

import secrets
from typing import NoReturn

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from engine.keyring import Keyring

from .slow import SlowHash, read

_CONTEXT = "marzipan 2026-11 hashed key seal v1"
_NONCE = 12


class SealBroken(ValueError):
    """The seal was not made for this row, under this master; nothing of it is told."""


class HashSeals:
    """Seals the hashes of one tenant, and opens them. `master_id` is the one that seals."""

    __slots__ = ("_keys", "master_id")

    def __init__(self, tenant: str, keyring: Keyring) -> None:
        name = tenant.encode()
        self._keys = {
            master.id: ChaCha20Poly1305(blake3(name, key=master.derive(_CONTEXT)).digest())
            for master in (keyring.current, *keyring.retired)
        }
        self.master_id = keyring.current.id

    def seal(self, key_id: bytes, slow: SlowHash, nonce: bytes | None = None) -> bytes:
        """The hash for the row of `key_id`. `nonce`: 12 fresh random bytes unless given."""
        nonce = secrets.token_bytes(_NONCE) if nonce is None else nonce
        content = f"{slow.algorithm}\0{slow.text}".encode()
        return nonce + self._keys[self.master_id].encrypt(nonce, content, key_id)

    def open(self, master_id: int, key_id: bytes, sealed: bytes) -> SlowHash:
        """What was sealed. Raises SealBroken."""
        key = self._keys.get(master_id)
        if key is None or len(sealed) <= _NONCE:
            raise SealBroken("there is no such master, or no such seal")
        try:
            content = key.decrypt(sealed[:_NONCE], sealed[_NONCE:], key_id)
            algorithm, _, text = content.decode().partition("\0")
            return read(algorithm, text)
        except (InvalidTag, KeyError, ValueError):
            raise SealBroken("the seal is not of this row") from None

    def __reduce__(self) -> NoReturn:
        raise TypeError("the keys of seals are never pickled or copied")

    def __repr__(self) -> str:
        return f"HashSeals(master_id={self.master_id})"
