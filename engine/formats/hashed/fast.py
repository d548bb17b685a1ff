"""Hashes without a salt: SHA-2, and HMAC under a pepper. FIPS 180-4, RFC 2104."""

import hashlib
import hmac
from collections.abc import Mapping

# The word -> the hash function and its size in bytes.
SHA: Mapping[str, tuple[str, int]] = {"sha256": ("sha256", 32), "sha512": ("sha512", 64)}
HMAC: Mapping[str, tuple[str, int]] = {"hmac-sha256": SHA["sha256"], "hmac-sha512": SHA["sha512"]}
SIZES: Mapping[str, int] = {word: size for word, (_, size) in (*SHA.items(), *HMAC.items())}


def compute(algorithm: str, raw_key: bytes, pepper: bytes | None) -> bytes:
    """The hash of a raw key; `pepper` is for HMAC alone."""
    if algorithm in SHA:
        return hashlib.new(SHA[algorithm][0], raw_key).digest()
    if pepper is None:
        raise ValueError(f"{algorithm} needs a pepper")
    return hmac.digest(pepper, raw_key, HMAC[algorithm][0])
