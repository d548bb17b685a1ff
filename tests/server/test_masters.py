"""Guarantees of server/masters.py: a new master, and nothing of the old one lost."""

import json
import os
import threading

import pytest

from server import masters, secretfile
from server.secretfile import SecretFileError


@pytest.fixture
def path(tmp_path):
    secretfile.create(tmp_path / "s")
    return tmp_path / "s"


def test_the_old_master_is_retired_now_and_its_grants_end_after_the_longest_life(path):
    old = secretfile.load(path)
    done = masters.rotate(path, now=1000, longest=60)
    new = secretfile.load(path)
    assert (done.current, done.retired, done.end) == (2, 1, 1060)
    assert (new.current.id, [m.id for m in new.retired]) == (2, [1])
    assert (new.retired[0].retired_at, new.retired[0].end) == (1000, 1060)
    assert new.retired[0].check_value() == old.current.check_value()
    assert new.current.check_value() != old.current.check_value()
    assert [k.kid for k in new.signing_keys] == [k.kid for k in old.signing_keys]
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["s"]


def test_an_id_is_never_used_twice_not_even_that_of_a_master_taken_out_of_the_middle(path):
    for now in (1, 2, 3):
        masters.rotate(path, now=now, longest=0)
    contents = json.loads(path.read_text())
    del contents["masters"][1]
    path.write_text(json.dumps(contents))
    assert masters.rotate(path, now=4, longest=0).current == 5
    contents["masters"][-1] |= {"id": 255}
    path.write_text(json.dumps(contents))
    before = path.read_bytes()
    with pytest.raises(SecretFileError, match="used up"):
        masters.rotate(path, now=5, longest=0)
    assert path.read_bytes() == before


def test_rotations_at_the_same_moment_lose_none_of_each_other(path):
    threads = [
        threading.Thread(target=masters.rotate, args=(path,), kwargs={"now": 9, "longest": 9})
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file = secretfile.load(path)
    assert sorted(m.id for m in (file.current, *file.retired)) == list(range(1, 10))


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_rotation_that_fails_leaves_the_file_as_it_was_and_nothing_beside_it(
    path, monkeypatch, step
):
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(SecretFileError, match="No space left"):
        masters.rotate(path, now=9, longest=9)
    monkeypatch.undo()
    assert path.read_bytes() == before and os.listdir(path.parent) == ["s"]


def test_a_file_that_is_unfit_is_not_rotated(path):
    path.chmod(0o644)
    with pytest.raises(SecretFileError, match="chmod 600"):
        masters.rotate(path, now=9, longest=9)
    with pytest.raises(SecretFileError, match="missing"):
        masters.rotate(path.with_name("none"), now=9, longest=9)
