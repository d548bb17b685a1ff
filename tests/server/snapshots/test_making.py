"""When a node makes a snapshot, and what it leaves behind."""

import errno
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.snapshots.making import Making
from server.snapshots.shelf import KEPT, Shelf
from tests.server.api.conftest import Api
from tests.server.snapshots.test_starts import _adopted, _denies, _narrowed, _revoked


@pytest.fixture
def look(api: Api) -> Any:
    """Looks with a node that has enough in memory when it has 2 entries."""
    few = msgspec.structs.replace(api.settings, denylist_exact=2)
    now = [0.0]

    async def scene(seconds: float) -> None:
        now[0] += seconds
        api.node.settings = few
        if not hasattr(look, "making"):
            look.making = Making(api.node, api.node.feed.epoch, lambda: now[0])  # type: ignore[attr-defined]
        await look.making.look()  # type: ignore[attr-defined]

    def look(seconds: float = 1000) -> None:
        api.run(scene(seconds))

    return look


def _sets(folder: Path) -> int:
    return len(list(folder.glob("*.set")))


def test_nothing_is_made_while_there_is_little_in_memory(api, look, folder):
    _narrowed(api)
    look()
    assert not folder.exists() and not _adopted(api)


def test_a_snapshot_is_made_when_there_is_much_and_again_when_there_is_as_much_again(
    api, look, folder
):
    _revoked(api)
    look()
    assert _adopted(api) and _sets(folder) == 1
    look()
    assert _sets(folder) == 1
    dead = _revoked(api)
    look()
    assert _sets(folder) == 2 and _denies(api, *dead)


def test_a_folder_that_can_not_be_used_costs_memory_and_nothing_else_and_is_tried_seldom(
    api, look, folder, monkeypatch
):
    dead = _revoked(api)
    tries = []

    def full(*_: object) -> Any:
        tries.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Shelf, "place", full)
    for _ in range(5):
        with pytest.raises(OSError):
            look()
    for _ in range(5):
        look(1)
    assert len(tries) == 5 and _denies(api, *dead) and not _adopted(api)
    monkeypatch.undo()
    look()
    assert _adopted(api)


def test_what_another_process_made_is_adopted_and_not_made_again(api, make, look, folder):
    dead = _revoked(api)
    make()
    # As a process that has read the log itself, before there was a snapshot.
    away = folder.rename(folder.with_name("away"))
    api.reopen()
    away.rename(folder)
    assert not _adopted(api) and api.node.tenant.denylist.exact >= 3
    look()
    assert api.node.tenant.denylist.exact == 0 and _sets(folder) == 1 and _denies(api, *dead)


def test_while_another_process_makes_one_none_is_made(api, look, folder):
    _revoked(api)
    with Shelf(folder).turn() as ours:
        assert ours
        look()
        assert not _adopted(api)
    look()
    assert _adopted(api)


def test_no_more_sets_are_kept_than_may_be_and_old_files_go(api, make, folder, monkeypatch):
    monkeypatch.setattr("server.snapshots.shelf._LEFT_S", -1)
    for _ in range(KEPT + 3):
        _narrowed(api)
        make()
    assert _sets(folder) == KEPT
    tenants = len(list(api.node.tenants()))
    assert len(list(folder.glob("*.denylist"))) == KEPT * tenants
    api.reopen()
    assert _adopted(api)


def test_what_a_crash_left_unfinished_is_cleared_away_later_and_never_taken(
    api, make, folder, monkeypatch
):
    folder.mkdir()
    left = folder / ".0011223344556677.denylist"
    left.write_bytes(b"half")
    dead = _revoked(api)
    make()
    assert left.exists()
    monkeypatch.setattr("server.snapshots.shelf._LEFT_S", -1)
    make()
    assert not left.exists() and _denies(api, *dead)
