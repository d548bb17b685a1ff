"""A full disk: nothing acknowledged is lost, the words are clear, and room mends it."""

import asyncio
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from storage import migrate_up, open_store
from storage.errors import StoreUnavailable

SIZE = "3m"
PAYLOAD = b'"' + b"x" * 8000 + b'"'


@pytest.fixture
def small():
    """A file system of a few megabytes."""
    # Not below tmp_path: where a run is killed, the next one could not clean up a mount.
    folder = Path(tempfile.mkdtemp())
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        folder.rmdir()
        pytest.skip(f"mounting a small file system is not permitted here: {error}")
    yield folder
    try:
        # Refused while a file is open: a store that failed must not hold on to any.
        subprocess.run(["umount", str(folder)], check=True)
    except subprocess.CalledProcessError:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        raise
    finally:
        folder.rmdir()


@pytest.fixture
def url(small, run):
    url = f"sqlite:///{small}/store.db"
    run(migrate_up(url))
    return url


async def fill(store, build):
    """Write until nothing more fits; the numbers of the keys that were acknowledged."""
    done, refused = set(), []

    async def work(first):
        for number in range(first, first + 1000):
            key = build.key(number, metadata=PAYLOAD)
            kill = build.kill(build.id(number))
            try:
                await store.commit(build.change(insert=(key,), revoke=(kill,)))
            except StoreUnavailable as error:
                refused.append(error)
                return
            done.add(number)

    await asyncio.gather(*(work(task * 1000) for task in range(8)))
    return done, refused


async def check(store, build, done):
    """What was acknowledged is there, whole, and nothing that was refused is."""
    revoked = [entry.target for entry in await store.read(0, 0, 10**6)]
    assert sorted(revoked) == sorted(build.id(number) for number in done)
    for number in range(8000):
        found = await store.get("acme", build.id(number))
        assert (found is not None) == (number in done)
    assert [entry.seq for entry in await store.read(0, 0, 10**6)] == list(range(1, len(done) + 1))
    assert len(await store.audit("acme", limit=10**6)) == len(done)
    assert await store.verify_audit() is None


def test_a_full_disk_loses_nothing_acknowledged_and_writing_goes_on_once_there_is_room(
    url, small, run, build
):
    store = run(open_store(url))
    done, refused = run(fill(store, build))
    assert len(done) > 20
    assert len(refused) == 8
    for error in refused:
        for words in (str(small), "full", "free some space"):
            assert words in str(error)
    run(check(store, build, done))

    subprocess.run(["mount", "-o", "remount,size=32m", str(small)], check=True)
    key = build.key(7999, metadata=PAYLOAD)
    run(store.commit(build.change(insert=(key,), revoke=(build.kill(key.key_id),))))
    done.add(7999)
    run(check(store, build, done))
    run(store.close())

    store = run(open_store(url))
    run(check(store, build, done))
    run(store.close())
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_store_closed_on_a_full_disk_opens_again_with_all_that_was_acknowledged(
    url, small, run, build
):
    store = run(open_store(url))
    done, _ = run(fill(store, build))
    run(store.close())
    subprocess.run(["mount", "-o", "remount,size=32m", str(small)], check=True)
    store = run(open_store(url))
    run(check(store, build, done))
    run(store.close())


def test_a_disk_that_is_full_before_the_first_start_is_said(small, run):
    with open(small / "filler", "wb", buffering=0) as filler, pytest.raises(OSError):
        while True:
            filler.write(bytes(4096))
    with pytest.raises(StoreUnavailable, match="free some space"):
        run(migrate_up(f"sqlite:///{small}/first.db"))
