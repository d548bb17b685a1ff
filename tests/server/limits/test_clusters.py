"""Clusters on one Redis: each counts for itself, whatever is called the same in them."""

import asyncio

from engine import Access
from server import bootstrap, housekeeping, settings
from server.keys import NewKey, issue
from server.toooften import RateLimited
from server.verifying import verify

NOW = 1_800_000_000.0


def test_a_cluster_does_not_spend_the_limits_of_another_with_the_same_names(valkey, tmp_path):
    async def run():
        nodes = [await opened(tmp_path / name) for name in ("production", "staging")]
        try:
            return [await uses(node) for node in nodes]
        finally:
            for node in nodes:
                await housekeeping.stop(node)

    async def opened(folder):
        folder.mkdir()
        flags = {
            "database": f"sqlite:///{folder / 'db'}",
            "redis": valkey.url,
            "limits.tenant": "3/1h",
            "limits.actor": "3/1h",
        }
        node, _ = await bootstrap.start(settings.load(flags, {}), lambda: NOW)
        return node

    async def uses(node):
        tenant = node.tenant
        terms = NewKey(name="one", actor="same", scopes=(), ttl=3600)
        key = (await issue(node, tenant, terms, "test")).text
        allowed = 0
        for _ in range(5):
            try:
                await verify(node, tenant, key, Access(now=int(NOW)))
            except RateLimited:
                continue
            allowed += 1
        return allowed

    assert asyncio.run(run()) == [3, 3]
