"""What feeds read of the log, for tests of how much of it a start is spared."""

from typing import Any

import pytest

from storage.sql.store import SqlStore


def followed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seq of every entry that a feed reads from now on."""
    seen: list[int] = []
    follow = SqlStore.follow

    async def noted(self: SqlStore, shard: int, after: int, limit: int) -> Any:
        page = await follow(self, shard, after, limit)
        seen.extend(entry.seq for entry in page)
        return page

    monkeypatch.setattr(SqlStore, "follow", noted)
    return seen
