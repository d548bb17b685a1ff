"""What each tenant may have settings of its own for, and where requests find it.

A server without `tenants` serves one tenant to whoever asks. With them it serves those alone: a
request that names none of them finds nothing, unless one tenant has the host `*`.
"""

from collections.abc import Iterable
from itertools import pairwise

import msgspec

from engine.redacted import Redacted
from engine.text import Prefixes
from engine.types import RateLimit

from .freshness import CLOSED
from .parsers import SettingsError

ANY_HOST = "*"
MOST = 1_000


class TenantLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Rate limits of a tenant, and of each of its actors."""

    tenant: RateLimit | None = None
    actor: RateLimit | None = None


class TenantSettings(Redacted, frozen=True, kw_only=True):
    """Settings that a tenant may have of its own; the server's hold where it has none.

    Durations are whole seconds. `issuer` is the `iss` of new JWTs; those of `retired_issuers` live
    on until they expire. `stale_policy` is that of `server.freshness`.
    """

    issuer: str = "http://127.0.0.1:4420"
    retired_issuers: tuple[str, ...] = ()
    default_ttl: int = 30 * 86_400
    max_ttl: int = 365 * 86_400
    derived_default_ttl: int = 3_600
    clock_skew: int = 60
    prefixes: Prefixes = Prefixes()
    limits: TenantLimits = TenantLimits()
    stale_policy: str = CLOSED

    def require_sound(self, where: str = "") -> None:
        """Raise SettingsError where two settings contradict each other."""
        for name in ("default_ttl", "derived_default_ttl"):
            if getattr(self, name) > self.max_ttl:
                raise SettingsError(
                    f"{where}{name} must not be above max_ttl. Lower it, or raise max_ttl."
                )


class ServedTenant(TenantSettings, frozen=True, kw_only=True):
    """A tenant under `tenants`. `hosts` are in the spelling of `server.hosts`, or `*`.

    `path` is what its paths begin with, "" for none.
    """

    name: str
    hosts: tuple[str, ...] = ()
    path: str = ""


def require_apart(tenants: Iterable[ServedTenant]) -> None:
    """Raise SettingsError where a request, or a JWT, could be of two tenants."""
    tenants = tuple(tenants)
    for one in tenants:
        if not one.hosts and not one.path:
            raise SettingsError(
                f"Nothing would find the tenant {one.name}. Give tenants.{one.name} hosts or a "
                "path."
            )
    # In this order whatever is below a path comes right after it.
    paths = sorted((one.path.split("/"), one.name) for one in tenants if one.path)
    for (path, name), (below, other) in pairwise(paths):
        if below[: len(path)] == path:
            raise _shared(f"what is below {'/'.join(below)}", name, other)
    _require_own("host", ((one.name, one.hosts) for one in tenants))
    # Whoever verifies a JWT by the public keys alone tells tenants apart by its issuer.
    _require_own("issuer", ((one.name, (one.issuer, *one.retired_issuers)) for one in tenants))


def _require_own(what: str, owned: Iterable[tuple[str, Iterable[str]]]) -> None:
    owners: dict[str, str] = {}
    for name, values in owned:
        for value in values:
            if (other := owners.setdefault(value, name)) != name:
                raise _shared(f"the {what} {value}", other, name)


def _shared(what: str, one: str, other: str) -> SettingsError:
    return SettingsError(
        f"The tenants {one} and {other} must not share {what}. Give each of them its own."
    )
