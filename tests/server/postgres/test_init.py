"""Nodes that initialise one database at the same moment make one of everything."""

import asyncio
import json
import subprocess
import sys

import pytest

from server import secretfile
from server.bootstrap import initialise
from server.settings import load
from storage import open_store
from storage.base import KeyFilter

SYSTEM = "marzipan"


def init(url, *files):
    """What `marzipan init` said in as many processes at once as there are secret files."""
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "server",
                "init",
                "--json",
                "--database",
                url,
                "--secret-file",
                str(file),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        for file in files
    ]
    said = [(*process.communicate(timeout=60), process.returncode) for process in running]
    return [(code, json.loads(out) if out else err) for out, err, code in said]


async def held(url):
    """The check values of a database, and how many admin keys it has."""
    store = await open_store(url)
    try:
        keys = await store.list(SYSTEM, KeyFilter(now=0), limit=10)
        return await store.checks(), len(keys)
    finally:
        await store.close()


def check_value(path):
    return secretfile.load(path).current.check_value()


@pytest.mark.parametrize("kept", [False, True], ids=["no secret file", "one secret file"])
def test_two_nodes_that_initialise_at_once_make_one_admin_key(bare_url, tmp_path, kept):
    path = tmp_path / "cluster.secret"
    if kept:
        secretfile.create(path)
    said = init(bare_url, path, path)
    assert [code for code, _ in said] == [0, 0], said
    assert sum(told["admin_key"] is not None for _, told in said) == 1
    assert asyncio.run(held(bare_url)) == ({1: check_value(path)}, 1)


def test_nodes_that_have_seen_no_admin_key_yet_make_one_of_them_all(url, tmp_path):
    settings = load({"database": url, "secret_file": str(tmp_path / "cluster.secret")}, {})

    async def together():
        return await asyncio.gather(*(initialise(settings) for _ in range(4)))

    made = asyncio.run(together())
    assert sum(each.admin_key is not None for each in made) == 1
    assert asyncio.run(held(url)) == ({1: check_value(settings.secret_file)}, 1)


def test_of_two_nodes_with_secrets_of_their_own_one_is_refused(bare_url, tmp_path):
    paths = [tmp_path / "one.secret", tmp_path / "two.secret"]
    for path in paths:
        secretfile.create(path)
    said = init(bare_url, *paths)
    assert sorted(code for code, _ in said) == [0, 1], said
    (winner,) = (path for path, (code, _) in zip(paths, said, strict=True) if code == 0)
    (refused,) = (told for code, told in said if code == 1)
    assert "does not belong to this database" in refused
    assert asyncio.run(held(bare_url)) == ({1: check_value(winner)}, 1)


def test_a_database_takes_no_second_secret_file_afterwards(bare_url, tmp_path):
    first, second = tmp_path / "first.secret", tmp_path / "second.secret"
    assert init(bare_url, first)[0][0] == 0
    secretfile.create(second)
    ((code, told),) = init(bare_url, second)
    assert code == 1 and "does not belong to this database" in told
    assert asyncio.run(held(bare_url)) == ({1: check_value(first)}, 1)
