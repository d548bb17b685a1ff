"""What a start says of keys that were taken over from Talos."""

import asyncio
import time
from uuid import uuid4

from server import bootstrap
from server.settings import load


def started(marzipan, caplog, **settings) -> str:
    """What a start logs."""
    caplog.clear()
    flags = {"database": f"sqlite:///{marzipan.path}"} | settings

    async def go():
        node, _ = await bootstrap.start(load(flags, {}))
        await node.store.close()

    asyncio.run(go())
    return caplog.text


def test_a_start_without_talos_settings_warns_where_its_keys_are(marzipan, old, caplog):
    assert "Talos" not in started(marzipan, caplog)
    old.issued(str(uuid4()), int(time.time()) - 60)
    marzipan.take()
    assert "no settings of talos" in started(marzipan, caplog)
    there = {"talos.hmac_secret_file": str(marzipan.secrets), "talos.prefixes": ["ory_ak"]}
    assert "Talos" not in started(marzipan, caplog, **there)
