"""Imported keys: any text at all, known by its hash.

Talos names an imported key by SHA-512/256(tenant id, 0x00, raw key), unkeyed: who reads that id in
a log or a dump can try out guesses of a weak raw key. Here it is an intermediate value only. What
is stored and looked up is a keyed hash of it, so an old installation's rows can be taken over
without the raw keys, and the database still holds nothing to try guesses on.
"""

import hashlib

from blake3 import blake3


def talos_id(nid: str, raw_key: str) -> str:
    """The id that Talos gave an imported key of this tenant, 64 hex digits."""
    return hashlib.new("sha512_256", f"{nid}\0{raw_key}".encode()).hexdigest()


def digest(key: bytes, id_: str) -> bytes:
    """The 32 bytes under which the row of such an id is stored; `key` is 32 secret bytes.

    Raises ValueError where the id is not 64 hex digits or the key not 32 bytes.
    """
    named = bytes.fromhex(id_)
    if len(named) != 32 or len(id_) != 64:
        raise ValueError("the id of an imported key is 64 hex digits")
    return blake3(named, key=key).digest()
