"""What the database has once all is over, against what was told while things failed."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from engine import Keyring
from server import secretfile
from server.auditkeys import audit_keys
from storage import reading
from storage.reading import AuditKeys
from tests.faults.acts import Ledger

_KILLED = {"key.revoke": 1, "grant.revoke": 2, "block.revoke": 3}
_BORN = ("key.issue", "key.import")


class Books(NamedTuple):
    """The rows that matter, ids in hex."""

    ends: dict[int, int]
    log: dict[int, list[int]]
    killed: set[tuple[int, str]]
    keys: dict[str, tuple[str, int]]
    audit: Counter[tuple[str, str]]


def read(url: str) -> Books:
    return asyncio.run(_read(url))


async def _read(url: str) -> Books:
    db: Any = await asyncpg.connect(url)
    try:
        ends = await db.fetch("SELECT shard, seq FROM counters WHERE log = 'revocation'")
        log = await db.fetch("SELECT shard, seq, kind, target FROM revocation_log ORDER BY seq")
        keys = await db.fetch("SELECT key_id, name, status FROM api_keys")
        audit = await db.fetch("SELECT action, target FROM audit_log")
    finally:
        await db.close()
    shards: dict[int, list[int]] = {shard: [] for shard, _ in ends}
    for shard, seq, _, _ in log:
        shards[shard].append(seq)
    return Books(
        dict(map(tuple, ends)),
        shards,
        {(kind, target.hex()) for _, _, kind, target in log},
        {key_id.hex(): (name, status) for key_id, name, status in keys},
        Counter((action, target) for action, target in audit),
    )


def check(url: str, secret_file: Path, ledger: Ledger) -> Books:
    """I2, I4 and I6: nothing acknowledged is missing, no gap, one record of each act."""
    books = read(url)
    for shard, end in books.ends.items():
        assert books.log[shard] == list(range(1, end + 1)), f"shard {shard} has a gap"
    told: Counter[tuple[str, str]] = Counter()
    perhaps: Counter[tuple[str, str]] = Counter()
    for act in ledger.acts:
        place = act.action, act.target
        if act.done is None:
            perhaps[place] += 1
        elif act.done:
            told[place] += 1
            _require(books, act.action, act.target)
    for (action, target), count in told.items():
        if action != "none":
            rows = books.audit[action, target]
            assert count <= rows <= count + perhaps[action, target], (action, target, rows)
    _whole(books)
    asyncio.run(_verify_audit(url, secret_file))
    return books


def _require(books: Books, action: str, target: str) -> None:
    if action in _BORN:
        assert target in books.keys, f"{action} of {target} was acknowledged and is lost"
    elif action in _KILLED:
        found = (_KILLED[action], target) in books.killed
        assert found, f"{action} of {target} was acknowledged and is lost"


def _whole(books: Books) -> None:
    """Whatever was written, also where nobody was told so, was written whole."""
    for target, (name, status) in books.keys.items():
        born = sum(books.audit[action, target] for action in _BORN)
        assert born == 1 or name == "first admin key", f"{born} records of the birth of {name}"
        assert (status == 2) == ((1, target) in books.killed), f"half of {name} is revoked"
    for kind, target in books.killed:
        action = next((a for a, number in _KILLED.items() if number == kind), None)
        assert action is None or books.audit[action, target], f"no record of {action} of {target}"


async def _verify_audit(url: str, secret_file: Path) -> None:
    file = secretfile.load(secret_file)
    keyring = Keyring(file.current, file.retired)
    keys = AuditKeys(keyring.current.id, audit_keys(keyring))
    assert await reading.verify_audit(url, keys) is None
