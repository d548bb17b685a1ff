"""One tenant's root keys, and minting under the current one."""

import uuid
from collections.abc import Mapping, Sequence

from . import chain, envelope, header, limits, text
from .redacted import Redacted


class Minted(Redacted, frozen=True):
    """A new token and what to remember of it; `text` is the secret, shown once."""

    text: str
    key_id: bytes
    master_id: int
    issued_at: int
    grant_id: bytes | None = None

    def __repr__(self) -> str:
        return f"Minted(key_id={self.key_id.hex()}, issued_at={self.issued_at})"


def check_name(tenant: str, epoch: int) -> None:
    """Raise ValueError where no key can be derived for this tenant name and epoch."""
    if not 1 <= len(tenant.encode()) <= limits.TENANT:
        raise ValueError(f"a tenant's name is 1 to {limits.TENANT} bytes")
    if not 0 <= epoch < 2**32:
        raise ValueError("a tenant's epoch is an unsigned 32-bit number")


def check_life(retired_at: int | None, end: int | None) -> None:
    """Raise ValueError unless the end of a secret is that of a retired one, and not before."""
    if end is not None and (retired_at is None or end < retired_at):
        raise ValueError("only a retired master secret has an end, and not before it was retired")


class RootKey(Redacted, frozen=True):
    """K_tenant under one master id, with that master's retirement. Raises ValueError."""

    secret: bytes
    retired_at: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        check_life(self.retired_at, self.end)

    def admits_grant(self, issued_at: int, now: int) -> bool:
        """Whether a grant issued then may still be verified under this key now.

        Whoever holds a leaked retired secret can date a grant back, so a retired one without an
        end admits none: otherwise it would admit for ever what was forged long after.
        """
        if self.retired_at is None:
            return True
        return self.end is not None and issued_at <= self.retired_at and now < self.end

    def __repr__(self) -> str:
        return f"RootKey(retired_at={self.retired_at}, end={self.end})"


class TenantKeys:
    """The root keys of one tenant by master id; mints under the current one.

    Made by `Keyring.tenant`, or at an edge from the tenant's root keys alone.
    """

    __slots__ = ("_current_id", "_epoch", "_name", "_roots")

    def __init__(
        self, name: str, epoch: int, current_id: int, roots: Mapping[int, RootKey]
    ) -> None:
        check_name(name, epoch)
        if current_id not in roots or roots[current_id].retired_at is not None:
            raise ValueError("the current root key must be among the roots and not retired")
        if any(type(root.secret) is not bytes or len(root.secret) != 32 for root in roots.values()):
            raise ValueError("a root key is 32 bytes, exactly")
        if len({root.secret for root in roots.values()}) != len(roots):
            raise ValueError("one root key must not stand under two master ids")
        self._name = name
        self._epoch = epoch
        self._current_id = current_id
        self._roots = dict(roots)

    @property
    def name(self) -> str:
        """The tenant's name."""
        return self._name

    @property
    def epoch(self) -> int:
        """The tenant's epoch; raising it, with new TenantKeys, ends all that was minted before."""
        return self._epoch

    @property
    def current_id(self) -> int:
        """The master id under which this mints."""
        return self._current_id

    def roots(self) -> dict[int, RootKey]:
        """All root keys by master id, in a dict of the caller's own."""
        return dict(self._roots)

    def root(self, master_id: int) -> RootKey | None:
        """The root key under a master id, or None."""
        return self._roots.get(master_id)

    def mint_key(self, *, now: int, prefix: str = text.DEFAULT_PREFIXES.key) -> Minted:
        """Mint a key with a fresh id, a random UUID (RFC 9562), issued at `now` (Unix seconds).

        What it may do is in the record that the caller keeps; without one it is good for nothing.
        """
        key_id = uuid.uuid4().bytes
        key = header.KeyHeader(self.current_id, self.epoch, key_id, now)
        return Minted(self._mint(key, prefix), key_id, self.current_id, now)

    def mint_grant(
        self,
        key_id: bytes,
        *,
        key_issued_at: int,
        generation: int = 0,
        now: int,
        expires_at: int,
        actor: str,
        scopes: Sequence[str],
        cidrs: Sequence[bytes] | None = None,
        audiences: Sequence[str] | None = None,
        claims: bytes = b"",
        prefix: str = text.DEFAULT_PREFIXES.macaroon,
    ) -> Minted:
        """Mint a grant under a live key; it needs no record. Times are Unix seconds.

        `cidrs` are packed networks (see `cidr`), None is unrestricted; `claims` is opaque here.
        A grant is never older than its key: one of a key stamped ahead of `now`, as after its
        actor was revoked, is issued when the key was.
        Raises ValueError where a field is out of range, a scope is ill-formed (it would cover
        nothing), or the header would exceed 5,000 bytes.
        """
        issued_at = header.issue(now, key_issued_at, expires_at)
        grant_id = uuid.uuid4().bytes
        grant = header.GrantHeader(
            self.current_id,
            self.epoch,
            key_id,
            key_issued_at,
            generation,
            grant_id,
            issued_at,
            expires_at,
            actor,
            header.held(scopes),
            None if cidrs is None else tuple(cidrs),
            None if audiences is None else header.texts("audiences", audiences),
            claims,
        )
        return Minted(self._mint(grant, prefix), key_id, self.current_id, issued_at, grant_id)

    def _mint(self, minted: header.Header, prefix: str) -> str:
        data = header.encode(minted)
        tail = chain.start(self._roots[self.current_id].secret, data)
        return text.encode(prefix, envelope.join(data, [], tail))

    def __repr__(self) -> str:
        return f"TenantKeys({self.name!r}, epoch={self.epoch}, current_id={self.current_id})"
