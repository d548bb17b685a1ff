"""Clients from before audiences were known, each in a process and a folder of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import Live

SCENARIO = Path(__file__).with_name("older.py")


@pytest.fixture(params=["1.22.83", "1.22.86"])
def older(request: pytest.FixtureRequest) -> Path:
    """The folder of an older client, fetched once; what it needs is there for the newer one."""
    folder = Path(request.config.cache.mkdir(f"ory-client-{request.param}"))
    if not (folder / "ory_client").exists():
        fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--retries", "0"]
        fetch += ["--timeout", "10", "--target", str(folder), f"ory-client=={request.param}"]
        done = subprocess.run(fetch, capture_output=True, text=True)
        if done.returncode:
            why = done.stderr.strip().splitlines() or ["no reason given"]
            pytest.skip(f"ory-client {request.param} can't be fetched: {why[-1]}")
    return folder


def test_an_older_client_does_its_daily_work(live: Live, older: Path) -> None:
    env = os.environ | {
        "PYTHONPATH": str(older),
        "PYTHONWARNINGS": "error",
        "SERVER": live.url,
        "KEY": live.admin_key,
    }
    done = subprocess.run(
        [sys.executable, str(SCENARIO)], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.pop("version") == f"v{older.name.rpartition('-')[2]}"
    assert told == {
        "listed": True,
        "name": "new",
        "public": "KEY_VISIBILITY_PUBLIC",
        "valid": [True, False],
        "status": "KEY_STATUS_REVOKED",
        "batch": [
            "VERIFICATION_ERROR_REVOKED",
            "VERIFICATION_ERROR_NOT_FOUND",
            "VERIFICATION_ERROR_INVALID_FORMAT",
        ],
        "missing": 404,
        "keys": 1,
    }
