"""A process that issues, revokes and debits until it is killed; prints what was acknowledged.

Run as: python kill_writer.py URL ROUND. A line is `issue ID`, `revoke ID` or `debit COUNT`.
"""

import asyncio
import os
import sys

from engine.types import Debit, Kind, Revocation
from storage import open_store
from storage.base import AuditEvent, Change, NewRevocation, Store, StoredKey

AUDIT = AuditEvent(action="test", caller="child")
TASKS = 8


def acknowledge(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def issue(store: Store) -> bytes:
    key = StoredKey(
        tenant="acme",
        key_id=os.urandom(16),
        master_id=1,
        issued_at=1,
        expires_at=2**40,
        created_ms=0,
        updated_ms=0,
    )
    await store.commit(Change(tenant="acme", at_ms=0, audit=AUDIT, insert=(key,)))
    acknowledge("issue", key.key_id.hex())
    return key.key_id


async def revoke(store: Store, target: bytes) -> None:
    kill = NewRevocation(revocation=Revocation(Kind.KEY, target), expires_at=2**40)
    await store.commit(Change(tenant="acme", at_ms=0, audit=AUDIT, revoke=(kill,)))
    acknowledge("revoke", target.hex())


async def work(store: Store, counter: bytes) -> None:
    spent = 0
    while True:
        await revoke(store, await issue(store))
        debit = Debit(counter=counter, unit="calls", cost=1, limit=2**40, window_s=2**40)
        assert await store.debit("acme", [debit], 0) is None
        spent += 1
        acknowledge("debit", counter.hex(), spent)


async def main(url: str, number: int) -> None:
    store = await open_store(url)
    counters = [number.to_bytes(16, "big") + bytes([task]) for task in range(TASKS)]
    await asyncio.gather(*(work(store, counter) for counter in counters))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
