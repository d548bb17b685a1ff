"""Raising a tenant's epoch: the end of everything minted for it, keys included.

The remedy for a leaked root key of a tenant, or a leaked master secret. A SQLite file has one
process at a time, so that no server mints or verifies under the old epoch meanwhile. Over a
database server the nodes that run learn of it from the revocation log, as of any revocation.
"""

import time

import msgspec

from storage.base import AuditEvent, Change

from .auth import SCOPES
from .bootstrap import existing
from .keys import NewKey, issue
from .node import Clock, Node
from .parsers import SYSTEM_TENANT, SettingsError
from .settings import Settings

CALLER = "command line"


class Raised:
    """The new epoch and, where admin keys were ended, a new one: the secret, shown once."""

    __slots__ = ("admin_key", "epoch", "tenant")

    def __init__(self, tenant: str, epoch: int, admin_key: str | None = None) -> None:
        self.tenant = tenant
        self.epoch = epoch
        self.admin_key = admin_key

    def __repr__(self) -> str:
        return f"Raised(tenant={self.tenant!r}, epoch={self.epoch})"


def check(settings: Settings, tenant: str) -> None:
    """Raise SettingsError unless the tenant is one that these settings serve."""
    names = dict.fromkeys((settings.tenant, *settings.names()))
    if tenant not in (*names, SYSTEM_TENANT):
        raise SettingsError(
            f"These settings serve the tenants {', '.join(names)} and {SYSTEM_TENANT} (admin "
            "keys). Name one of them, or set tenant."
        )


async def raise_epoch(settings: Settings, tenant: str, clock: Clock = time.time) -> Raised:
    """End everything minted for a tenant. For admin keys' tenant, make a new admin key.

    The rows of its keys stay, so that each can be rotated into a successor. Raises SettingsError,
    StartError, SecretFileError or StoreError, also where a server has the database open.
    """
    check(settings, tenant)
    async with existing(settings, clock) as node:
        epoch = await _raise(node, tenant)
    if tenant != SYSTEM_TENANT:
        return Raised(tenant, epoch)
    # Its keys of before are dead: only a node opened afterwards can mint one that lives.
    async with existing(settings, clock) as node:
        new = NewKey(name="after a raised epoch", scopes=SCOPES, ttl=settings.max_ttl)
        return Raised(tenant, epoch, (await issue(node, node.system, new, CALLER)).text)


async def _raise(node: Node, tenant: str) -> int:
    old = await node.store.tenant_epoch(tenant)
    event = AuditEvent(
        action="tenant.raise_epoch",
        caller=CALLER,
        target=tenant,
        detail=msgspec.json.encode({"epoch": old + 1}),
    )
    await node.store.commit(
        Change(tenant=tenant, at_ms=node.now_ms(), audit=event, raise_epoch=old)
    )
    return old + 1
