"""Secrets, and what is derived from them.

    K_tenant = BLAKE3 derive_key("marzipan 2026-11 tenant root key v1",
                                 master_secret(32) || u8 len(tenant) || tenant || u32le epoch)

Master ids are explicit and never reused, so that exactly one key is ever tried. The master secret
is full authority; a tenant's key is full authority over that tenant.
"""

from collections.abc import Sequence
from typing import NoReturn

from blake3 import blake3

from .tenant import RootKey, TenantKeys, check_life, check_name

_TENANT_CONTEXT = "marzipan 2026-11 tenant root key v1"
_CHECK_CONTEXT = "marzipan 2026-11 master check value v1"


class MasterSecret:
    """One master secret: `id` 1 to 255, `secret` exactly 32 bytes.

    A retired one mints nothing; keys made under it live on by their records, its grants need
    issued_at <= retired_at and now < end (Unix seconds; without an end it admits none). Raises
    ValueError.
    """

    __slots__ = ("_secret", "end", "id", "retired_at")

    def __init__(
        self, id: int, secret: bytes, retired_at: int | None = None, end: int | None = None
    ) -> None:
        if not 1 <= id <= 255:
            raise ValueError(f"a master id is 1 to 255, not {id}")
        if not isinstance(secret, bytes | bytearray):
            raise TypeError("a master secret is bytes")
        if len(secret) != 32:
            raise ValueError(f"a master secret is exactly 32 bytes, not {len(secret)}")
        check_life(retired_at, end)
        self.id = id
        self._secret = bytes(secret)
        self.retired_at = retired_at
        self.end = end

    def tenant_key(self, tenant: str, epoch: int) -> bytes:
        """K_tenant, 32 bytes."""
        name = tenant.encode()
        material = self._secret + bytes([len(name)]) + name + epoch.to_bytes(4, "little")
        return blake3(material, derive_key_context=_TENANT_CONTEXT).digest()

    def check_value(self) -> bytes:
        """16 bytes that tell this secret from another and reveal nothing of it."""
        return blake3(self._secret, derive_key_context=_CHECK_CONTEXT).digest(16)

    def derive(self, context: str, length: int = 32) -> bytes:
        """A key for another purpose; `context` is a fixed literal (BLAKE3 derive_key)."""
        return blake3(self._secret, derive_key_context=context).digest(length)

    def __reduce__(self) -> NoReturn:
        # A pickle would hold the secret, and ends up in queues, caches and reports of crashes.
        raise TypeError("a master secret is never pickled or copied")

    def __repr__(self) -> str:
        return f"MasterSecret(id={self.id}, retired_at={self.retired_at}, end={self.end})"


class Keyring:
    """The current master secret and the retired ones.

    Raises ValueError where an id or a secret stands twice.
    """

    __slots__ = ("current", "retired")

    def __init__(self, current: MasterSecret, retired: Sequence[MasterSecret] = ()) -> None:
        if not isinstance(current, MasterSecret) or isinstance(retired, MasterSecret):
            raise TypeError("a keyring is one current MasterSecret, and a list of retired ones")
        if current.retired_at is not None:
            raise ValueError("the current master secret must not be retired")
        if any(master.retired_at is None for master in retired):
            raise ValueError("a retired master secret needs its retired_at")
        if len({master.id for master in (current, *retired)}) != 1 + len(retired):
            raise ValueError("master ids must not repeat")
        # Under a second id, a retired secret would still mint for today.
        if len({master.check_value() for master in (current, *retired)}) != 1 + len(retired):
            raise ValueError("one master secret must not stand under two ids")
        self.current = current
        self.retired = tuple(retired)

    def tenant(self, name: str, epoch: int = 0) -> TenantKeys:
        """The keys of one tenant. Raises ValueError on a name or epoch out of range."""
        check_name(name, epoch)
        roots = {
            master.id: RootKey(master.tenant_key(name, epoch), master.retired_at, master.end)
            for master in (self.current, *self.retired)
        }
        return TenantKeys(name, epoch, self.current.id, roots)

    def __repr__(self) -> str:
        return f"Keyring(current={self.current!r}, retired={self.retired!r})"
