"""Group commit: many changes to one COMMIT, each with its own fate, none answered early."""

import asyncio
import sqlite3
import struct
from pathlib import Path

import msgspec
import pytest

from storage import open_store
from storage.errors import Stale, StoreUnavailable


def file_of(url):
    return Path(url.removeprefix("sqlite:///"))


def commits(path):
    """How many COMMITs the write-ahead log holds: frames that say how large the file became."""
    log = Path(f"{path}-wal").read_bytes()
    (page,), salt = struct.unpack(">I", log[8:12]), log[16:24]
    frames = [log[at : at + 24] for at in range(32, len(log), page + 24)]
    return sum(1 for frame in frames if frame[8:16] == salt and any(frame[4:8]))


async def held_up(path, begin):
    """Let writes queue up behind another program that is writing, then let them go."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tasks = [asyncio.ensure_future(one) for one in begin]
    await asyncio.sleep(0.1)
    other.execute("ROLLBACK")
    other.close()
    return tasks


def test_concurrent_changes_share_a_commit(sqlite, url, run, build):
    path = file_of(url)
    run(sqlite.commit(build.change()))
    before = commits(path)

    async def all_at_once():
        changes = [sqlite.commit(build.change(insert=(build.key(n),))) for n in range(64)]
        await asyncio.gather(*await held_up(path, changes))

    run(all_at_once())
    assert 1 <= commits(path) - before <= 2
    assert [run(sqlite.get("acme", build.id(n))) for n in range(64)].count(None) == 0


def test_a_conflict_in_a_group_leaves_its_neighbours_alone(sqlite, url, run, build):
    old = build.key(0)
    run(sqlite.commit(build.change(insert=(old,))))

    async def all_at_once():
        changes = []
        for n in range(64):
            new = msgspec.structs.replace(old, name=str(n))
            revoke = (build.kill(build.id(n)),)
            changes.append(sqlite.commit(build.change(replace=((old, new),), revoke=revoke)))
            changes.append(sqlite.commit(build.change(insert=(build.key(1000 + n),))))
        tasks = await held_up(file_of(url), changes)
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = run(all_at_once())
    won = [n for n, result in enumerate(results[::2]) if not isinstance(result, Stale)]
    assert len(won) == 1
    assert run(sqlite.get("acme", old.key_id)).name == str(won[0])
    assert run(sqlite.positions())[0] == 1
    assert run(sqlite.standing("acme", 1, build.id(won[0]))).seq == 1
    assert [run(sqlite.get("acme", build.id(1000 + n))) for n in range(64)].count(None) == 0
    assert run(sqlite.verify_audit()) is None


def test_concurrent_revocations_leave_no_gap(sqlite, run, build):
    async def all_at_once():
        kills = [build.kill(build.id(n, shard=n % 3)) for n in range(64)]
        return await asyncio.gather(*(sqlite.commit(build.change(revoke=(k,))) for k in kills))

    entries = [entry for (entry,) in run(all_at_once())]
    for shard in range(3):
        seqs = sorted(entry.seq for entry in entries if entry.shard == shard)
        assert seqs == list(range(1, len(seqs) + 1))
        assert [entry.seq for entry in run(sqlite.read(shard, 0, 100))] == seqs


def test_a_value_that_the_database_cannot_hold_fails_its_own_change_alone(sqlite, run, build):
    async def both():
        broken = sqlite.commit(build.change(insert=(build.key(1, expires_at=2**64),)))
        sound = sqlite.commit(build.change(insert=(build.key(2),)))
        return await asyncio.gather(broken, sound, return_exceptions=True)

    broken, sound = run(both())
    assert isinstance(broken, Exception)
    assert sound == []
    assert run(sqlite.get("acme", build.id(1))) is None
    assert run(sqlite.get("acme", build.id(2))) is not None


def test_a_finished_commit_is_seen_by_the_very_next_read(sqlite, run, build):
    async def one_by_one():
        for n in range(300):
            await sqlite.commit(build.change(insert=(build.key(n),)))
            assert await sqlite.get("acme", build.id(n)) is not None

    run(one_by_one())


def test_a_cancelled_commit_happens_whole_or_not_at_all(sqlite, url, run, build):
    faults = []

    async def cancel_all():
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        changes = []
        for n in range(64):
            revoke = (build.kill(build.id(n)),)
            changes.append(sqlite.commit(build.change(insert=(build.key(n),), revoke=revoke)))
        tasks = await held_up(file_of(url), changes)
        for task in tasks[::2]:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = run(cancel_all())
    assert {type(result) for result in results[::2]} == {asyncio.CancelledError}
    run(sqlite.commit(build.change()))  # everything handed in before it is finished now
    assert faults == []
    written = {entry.target for entry in run(sqlite.read(0, 0, 100))}
    for n in range(64):
        key = run(sqlite.get("acme", build.id(n)))
        assert (key is not None) == (build.id(n) in written)
        assert key is not None or n % 2 == 0


def test_closing_finishes_what_was_begun(url, run, build):
    async def write_and_close():
        store = await open_store(url)
        changes = [store.commit(build.change(insert=(build.key(n),))) for n in range(64)]
        tasks = await held_up(file_of(url), changes)
        await asyncio.gather(store.close(), store.close())
        assert all(task.done() for task in tasks)
        await asyncio.gather(*tasks)

    run(write_and_close())
    store = run(open_store(url))
    assert [run(store.get("acme", build.id(n))) for n in range(64)].count(None) == 0
    run(store.close())


def test_a_closed_store_says_so_and_closes_again_without_complaint(url, run, build):
    store = run(open_store(url))
    run(store.close())
    run(store.close())
    with pytest.raises(StoreUnavailable, match="closed"):
        run(store.commit(build.change()))
    with pytest.raises(StoreUnavailable, match="closed"):
        run(store.get("acme", build.id(1)))
