"""The file: one process at a time, nobody else's to read, and clear words when it can't be used."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from storage import migrate_up, open_store
from storage.errors import StoreError
from storage.sqlite.file import connect

ROOT = Path(__file__).parents[2]

HOLD = """
import asyncio, sys, time
from storage import open_store
store = asyncio.run(open_store(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""

WRITE = """
import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1], timeout=0).execute("PRAGMA journal_mode = DELETE")
except sqlite3.OperationalError as error:
    print(error)
"""

UNPRIVILEGED = """
import asyncio, os, sys
from storage import migrate_up, open_store
from storage.errors import StoreUnavailable
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for act in (open_store, migrate_up):
    try:
        asyncio.run(act(sys.argv[1]))
    except StoreUnavailable as error:
        print(error)
"""


def python(code, *args):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_a_file_that_is_open_in_this_process_cannot_be_opened_again(url, sqlite, run):
    with pytest.raises(StoreError, match=f"in use by process {os.getpid()}.*--database"):
        run(open_store(url))


def test_a_file_that_another_process_serves_names_it_and_is_free_after_kill_9(url, run):
    child = python(HOLD, url)
    assert child.stdout.readline() == "open\n"
    with pytest.raises(StoreError, match=f"in use by process {child.pid}"):
        run(open_store(url))
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    run(run(open_store(url)).close())


def test_a_closed_store_frees_its_file(url, run):
    for _ in range(3):
        run(run(open_store(url)).close())


def test_an_opening_that_failed_frees_the_file(tmp_path, run):
    url = f"sqlite:///{tmp_path}/new.db"
    with pytest.raises(StoreError):
        run(open_store(url))
    run(migrate_up(url))
    run(run(open_store(url)).close())


def test_two_names_of_one_file_share_its_lock(url, sqlite, tmp_path, run):
    other = tmp_path / "other.db"
    other.symlink_to(url.removeprefix("sqlite:///"))
    with pytest.raises(StoreError, match="in use"):
        run(open_store(f"sqlite:///{other}"))


def test_a_hard_link_is_no_way_past_the_lock_nor_past_the_write_ahead_log(url, run, tmp_path):
    path, other = Path(url.removeprefix("sqlite:///")), tmp_path / "other.db"
    store = run(open_store(url))
    os.link(path, other)
    for act in (open_store, migrate_up):
        with pytest.raises(StoreError, match="2 names"):
            run(act(f"sqlite:///{other}"))
    run(store.close())
    with pytest.raises(StoreError, match="2 names.*marzipan backup"):
        run(open_store(url))
    other.unlink()
    run(run(open_store(url)).close())


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
def test_a_database_that_others_can_write_is_refused(url, run, mode):
    path = Path(url.removeprefix("sqlite:///"))
    path.chmod(mode)
    for act in (open_store, migrate_up):
        with pytest.raises(StoreError, match="chmod 600"):
            run(act(url))
    path.chmod(0o600)
    run(run(open_store(url)).close())


def test_a_file_that_was_made_before_the_database_keeps_no_mode_for_others(tmp_path, run):
    path = tmp_path / "made.db"
    path.touch()
    path.chmod(0o666)
    with pytest.raises(StoreError, match="chmod 600"):
        run(migrate_up(f"sqlite:///{path}"))
    assert path.stat().st_size == 0
    path.chmod(0o644)
    run(migrate_up(f"sqlite:///{path}"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_database_that_a_stranger_owns_is_refused_also_by_root(url, run, tmp_path):
    path = Path(url.removeprefix("sqlite:///"))
    os.chown(path, 65_534, 65_534)
    with pytest.raises(StoreError, match="belongs to user 65534"):
        run(open_store(url))
    # That of a server's own user, in his directory, is root's to keep.
    os.chown(tmp_path, 65_534, 65_534)
    run(run(open_store(url)).close())


def test_a_second_connection_leaves_the_first_ones_locks_alone(url, run):
    path = Path(url.removeprefix("sqlite:///"))
    first = connect(path)
    first.execute("BEGIN IMMEDIATE")
    connect(path).close()
    child = python(WRITE, str(path))
    said, _ = child.communicate(timeout=30)
    assert said == "database is locked\n"
    first.close()


def test_nobody_else_may_read_what_is_made(tmp_path, run, build):
    before = os.umask(0)
    try:
        url = f"sqlite:///{tmp_path}/made/store.db"
        run(migrate_up(url))
        store = run(open_store(url))
        run(store.commit(build.change(insert=(build.key(),))))
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "made").iterdir()
        }
        run(store.close())
    finally:
        os.umask(before)
    names = ("store.db", "store.db-wal", "store.db-shm", "store.db.lock")
    assert modes == dict.fromkeys(names, 0o600)
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700


def test_odd_characters_in_a_path_are_part_of_its_name(tmp_path, run):
    path = tmp_path / "a b?c#d%20ü.db"
    url = f"sqlite:///{path}"
    run(migrate_up(url))
    run(run(open_store(url)).close())
    assert path.exists()


@pytest.fixture
def readable(run):
    """A folder with a migrated database that any user can reach and read, and not write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        run(migrate_up(f"sqlite:///{folder}/store.db"))
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o700)


@pytest.mark.parametrize("name", ["store.db", "new.db", "below/new.db"])
def test_a_directory_that_may_not_be_written_is_said_with_what_to_do(readable, name):
    child = python(UNPRIVILEGED, f"sqlite:///{readable}/{name}")
    said, _ = child.communicate(timeout=30)
    assert child.returncode == 0
    assert said.count("Permission denied") == 2
    assert said.count("right to write") == 2
    assert said.count(str(readable)) >= 2
