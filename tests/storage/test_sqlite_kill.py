"""What was acknowledged survives kill -9 at any moment, and nothing is left half done."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from engine.types import Kind
from storage import open_store

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("kill_writer.py")
KILLS = 50
ROUNDS = 5


def write_until_killed(url, number, delay, *, while_opening=False):
    """Everything that a writing process acknowledged before it was killed."""
    command = [sys.executable, str(CHILD), url, str(number)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    first = b"" if while_opening else child.stdout.readline()
    time.sleep(delay)
    child.kill()
    rest = child.stdout.read()
    child.stdout.close()
    assert child.wait() == -9
    # A line that was cut off was not heard by anybody.
    return [line.decode().split() for line in (first + rest).split(b"\n")[:-1]]


async def check(url, lines):
    """Reopen, and hold the database against what was acknowledged."""
    store = await open_store(url)
    issued = {line[1] for line in lines if line[0] == "issue"}
    revoked = {line[1] for line in lines if line[0] == "revoke"}
    debits = Counter()
    for line in lines:
        if line[0] == "debit":
            debits[line[1]] = max(debits[line[1]], int(line[2]))
    for key_id in issued:
        assert await store.get("acme", bytes.fromhex(key_id)) is not None
    for target in revoked:
        assert await store.standing("acme", Kind.KEY, bytes.fromhex(target)) is not None
    for counter, spent in debits.items():
        # The one debit under way when the process died may have been written as well.
        assert (await store.window("acme", bytes.fromhex(counter), 1)).spent in (spent, spent + 1)
    for shard, position in enumerate(await store.positions()):
        seqs = [entry.seq for entry in await store.read(shard, 0, 10**6)]
        assert seqs == list(range(1, position + 1))
    assert await store.verify_audit() is None
    await store.close()


@pytest.mark.parametrize("round", range(ROUNDS))
def test_what_was_acknowledged_survives_kill_9(url, run, round):
    delays = random.Random(round)
    lines = []
    for number in range(KILLS // ROUNDS):
        lines += (heard := write_until_killed(url, number, delays.uniform(0, 0.08)))
        assert heard
        run(check(url, heard))
    for number in range(KILLS // ROUNDS, KILLS // ROUNDS + 2):
        delay = delays.uniform(0.05, 0.2)
        lines += write_until_killed(url, number, delay, while_opening=True)
    run(check(url, lines))
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
