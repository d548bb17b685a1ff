"""The official JavaScript client, unmodified, against the live server."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Live

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", "scenario.mjs")


@pytest.fixture
def installed(request: pytest.FixtureRequest) -> Path:
    """A folder with the scenario and the pinned client, installed once from the lock."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not there")
    folder = Path(request.config.cache.mkdir("javascript-client"))
    lock, installed = folder / "package-lock.json", folder / "node_modules"
    same = lock.exists() and lock.read_bytes() == (HERE / lock.name).read_bytes()
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    if same and installed.exists():
        return folder
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode:
        shutil.rmtree(installed, ignore_errors=True)
        why = done.stderr.strip().splitlines() or ["no reason given"]
        pytest.skip(f"npm can't install the client: {why[0]}")
    return folder


def test_the_javascript_client_does_all_of_its_scenario(live: Live, installed: Path) -> None:
    env = os.environ | {"SERVER": live.url, "KEY": live.admin_key, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        ["node", "scenario.mjs"], cwd=installed, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        "issue", "get", "list", "update", "verify", "derive", "batchVerify", "rotate", "revoke",
        "import", "selfRevoke", "jwks", "refusals",
    ]  # fmt: skip
