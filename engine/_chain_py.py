"""The chain in plain Python: the readable specification of what `_chain.pyx` does in C.

    T0 || R0 = B3(K_tenant, 0x01 || header)[0:48]
    Ti || Ri = B3(T(i-1),   0x02 || block_i)[0:48]
    sealed   = B3(Tn,       0x03)[0:32]

B3 is BLAKE3's keyed mode with extended output. Every op byte has one purpose, so that no value
published (a revocation id, a sealed tail) is ever the tag of something else.
"""

import hmac
from collections.abc import Sequence

from blake3 import blake3

HEADER, BLOCK, SEAL = b"\x01", b"\x02", b"\x03"


def _step(key: bytes, op: bytes, data: bytes) -> tuple[bytes, bytes]:
    if len(key) != 32:
        raise ValueError("a chain key is exactly 32 bytes")
    output = blake3(op + data, key=key).digest(length=48)
    return output[:32], output[32:]


def start(tenant_key: bytes, header: bytes) -> bytes:
    """T0, the tag of a token without blocks (32 bytes)."""
    return _step(tenant_key, HEADER, header)[0]


def extend(tail: bytes, block: bytes) -> tuple[bytes, bytes]:
    """The next tag (32 bytes) and the revocation id (16 bytes) of the prefix it ends."""
    return _step(tail, BLOCK, block)


def seal(tail: bytes) -> bytes:
    """The sealed tail (32 bytes), from which no further block can be appended."""
    return _step(tail, SEAL, b"")[0]


def fold(tenant_key: bytes, header: bytes, blocks: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """The open tail of the whole chain, and the revocation id of every block in order."""
    tail, ids = start(tenant_key, header), []
    for block in blocks:
        tail, revocation_id = extend(tail, block)
        ids.append(revocation_id)
    return tail, ids


def equal(one: bytes, other: bytes) -> bool:
    """Whether two 32-byte tails agree, in time that does not depend on where they differ."""
    if len(one) != 32 or len(other) != 32:
        raise ValueError("a tail is exactly 32 bytes")
    return hmac.compare_digest(one, other)
