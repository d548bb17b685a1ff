"""Guarantees of server/ownfile.py and server/secretwatch.py: replaced whole, by one at a time."""

import asyncio
import json
import logging
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server import ownfile, secretfile
from server.keylife import LifeError, add
from server.secretfile import SecretFileError, change_signing_keys, create, load
from server.secretwatch import SecretWatch
from server.signingkeys import SigningKey


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "house" / "s")
    return tmp_path / "house" / "s"


def add_one(path: Path) -> None:
    change_signing_keys(path, lambda keys: add(keys, SigningKey.generate()))


def test_a_change_keeps_the_masters_and_the_mode_and_leaves_nothing_beside(path: Path) -> None:
    before = json.loads(path.read_text())
    umask = os.umask(0)
    try:
        add_one(path)
    finally:
        os.umask(umask)
    after = json.loads(path.read_text())
    assert after["masters"] == before["masters"]
    assert after["signing_keys"][0] == before["signing_keys"][0]
    assert len(after["signing_keys"]) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["s"]


def test_a_change_is_durable_before_it_is_seen(path: Path, monkeypatch) -> None:
    done: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append("sync"), sync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append("replace"), replace(a, b)))
    add_one(path)
    assert done == ["sync", "replace", "sync"], "the file, its name, the directory"


def test_a_change_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch) -> None:
    before = path.read_bytes()

    def refuse(keys):
        raise LifeError("no")

    with pytest.raises(LifeError):
        change_signing_keys(path, refuse)
    with pytest.raises(SecretFileError, match="same signing key twice"):
        change_signing_keys(path, lambda keys: keys + keys)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SecretFileError, match="No space left"):
        add_one(path)
    assert path.read_bytes() == before and os.listdir(path.parent) == ["s"]


def test_many_writers_at_once_lose_no_key(path: Path) -> None:
    threads = [threading.Thread(target=add_one, args=(path,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load(path).signing_keys) == 13


def test_two_processes_at_once_lose_no_key(path: Path) -> None:
    code = (
        "import sys, pathlib\nfrom server.secretfile import change_signing_keys\n"
        "from server.keylife import add\nfrom server.signingkeys import SigningKey\n"
        "for _ in range(15):\n"
        "    change_signing_keys(pathlib.Path(sys.argv[1]),\n"
        "                        lambda keys: add(keys, SigningKey.generate()))\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert len(load(path).signing_keys) == 31


def test_a_reader_never_sees_half_a_file(path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            add_one(path)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            load(path)
    finally:
        stop.set()
        writer.join()


def test_a_file_that_others_could_reach_is_not_changed_either(path: Path) -> None:
    path.chmod(0o640)
    with pytest.raises(SecretFileError, match="chmod 600"):
        add_one(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_leaves_the_file_to_its_owner(path: Path) -> None:
    for each in (path.parent, path):
        os.chown(each, 65_534, 65_534)
    add_one(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (65_534, 65_534)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_stamp_tells_the_file_that_was_read_from_the_one_that_replaced_it(path: Path) -> None:
    file = load(path)
    assert ownfile.stamp(path) == file.stamp
    add_one(path)
    assert file.stamp != ownfile.stamp(path) == load(path).stamp
    path.unlink()
    assert ownfile.stamp(path) is None


def test_a_running_server_says_once_that_it_needs_a_restart(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = SecretWatch(path, load(path).stamp)

    def look() -> list[str]:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            asyncio.run(watch.look())
        return [record.getMessage() for record in caplog.records]

    assert look() == [] and not watch.changed()
    add_one(path)
    (message,) = look()
    assert "restart" in message and str(path) in message and watch.changed()
    assert look() == []
    add_one(path)
    assert len(look()) == 1
    secretfile.load(path)
    path.unlink()
    (message,) = look()
    assert "gone" in message
    assert look() == []
