"""What is revoked, answered from memory, and the ids by which actors and tenants are revoked.

A Verifier never works without a denylist: who wants none says `NoDenylist()` out loud.
"""

from collections.abc import Iterable
from typing import Protocol

from blake3 import blake3

try:
    from ._denylist import Denylist as Denylist
except ImportError:  # an installation without a compiler still verifies, only slower
    from ._denylist_py import Denylist as Denylist  # type: ignore[assignment]


class Denying(Protocol):
    """What the verifier asks of a denylist. Never does I/O."""

    def first_dead(self, kind: int, targets: Iterable[bytes], /) -> int:
        """The index of the first target with a KEY, GRANT or BLOCK entry, as asked, or -1.

        An id revoked as one kind is alive as another.
        """
        ...

    def value(self, kind: int, target: bytes, /) -> int:
        """The standing value of a CHILDREN, ACTOR, TENANT or SUNSET entry, or -1."""
        ...

    @property
    def has_values(self) -> bool:
        """False when every `value` would answer -1."""
        ...


class NoDenylist:
    """Nothing is ever revoked: for tests, and for tokens too short-lived to be worth it."""

    has_values = False

    def first_dead(self, kind: int, targets: Iterable[bytes], /) -> int:
        return -1

    def value(self, kind: int, target: bytes, /) -> int:
        return -1


def _named(tenant: str) -> bytes:
    name = tenant.encode()
    return bytes([len(name)]) + name


def actor_target(tenant: str, actor: str) -> bytes:
    """The 16-byte target by which an actor of a tenant is revoked."""
    material = _named(tenant) + actor.encode()
    return blake3(material, derive_key_context="marzipan 2026-11 actor target v1").digest(16)


def tenant_target(tenant: str) -> bytes:
    """The 16-byte target by which a whole tenant is revoked."""
    context = "marzipan 2026-11 tenant target v1"
    return blake3(_named(tenant), derive_key_context=context).digest(16)
