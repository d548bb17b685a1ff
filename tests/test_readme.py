"""The README's own commands, run as a new user would: what it says must be so."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCK = re.compile(r"<!-- walkthrough: (\w+) -->\n```sh\n(.*?)```", re.DOTALL)
BLOCKS = dict(BLOCK.findall(README))


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block, and the comment behind it."""
    lines = BLOCKS[block].replace("\\\n", " ").strip().splitlines()
    pairs = [line.partition(" # ") for line in lines]
    return [(command.strip(), comment.strip()) for command, _, comment in pairs]


def test_the_library_example_runs_and_prints_what_it_says() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    run = subprocess.run(
        [sys.executable, "-c", example[1]], capture_output=True, text=True, check=True
    )
    first, second = run.stdout.splitlines()
    assert first == "('payments:*',)"
    assert "Tools" in second and "Amount" in second


def test_the_library_example_is_at_most_twelve_lines() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    assert len([line for line in example[1].splitlines() if line.strip()]) <= 12


class Shell:
    """A user's second terminal."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._folder, self._env = folder, env

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def all(self, block: str) -> list[str]:
        """Run a block's commands; every one of them must succeed."""
        outputs = []
        for command, _ in commands(block):
            done = self.run(command)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            outputs.append(done.stdout + done.stderr)
        return outputs


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = {
        **{name: value for name, value in os.environ.items() if "MARZIPAN" not in name},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MARZIPAN_PORT": str(port),
    }
    [(folder, _), (command, _)] = commands("server")
    assert folder == 'cd "$(mktemp -d)"', "the walkthrough's secrets are nowhere near a repository"
    command = command.replace("$PWD", str(tmp_path))
    log = (tmp_path / "server.log").open("w+")
    server = subprocess.Popen(shlex.split(command), cwd=tmp_path, env=env, stderr=log, stdout=log)
    try:
        env.pop("MARZIPAN_PORT")
        env["MARZIPAN_SERVER"] = f"http://127.0.0.1:{port}"
        env["MARZIPAN_ADMIN_KEY"] = _admin_key(server, tmp_path / "server.log", port)
        yield Shell(tmp_path, env)
    finally:
        log.close()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=40) == 0


def _admin_key(server: subprocess.Popen[bytes], log: Path, port: int) -> str:
    for _ in range(400):
        found = re.search(r"export MARZIPAN_ADMIN_KEY=(\S+)", log.read_text())
        if found:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return found[1].strip("'\"")
            except OSError:
                pass
        assert server.poll() is None, log.read_text()
        try:
            server.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(log.read_text())


def test_the_walkthrough_does_what_the_readme_says(shell: Shell, tmp_path: Path) -> None:
    shell.all("issue")
    assert (tmp_path / "parent.key").stat().st_mode & 0o777 == 0o600
    shell.all("derive")
    shell.all("narrow")
    shell.all("allowed")
    refused = commands("refused")
    assert [caveat for _, caveat in refused] == ["Amount", "Amount", "Tools", "Network", "Window"]
    for command, caveat in refused:
        done = shell.run(command)
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        assert caveat in done.stdout + done.stderr
    before = len(_log(shell))
    shell.all("branch")
    assert shell.run("marzipan keys verify --in sub2.token").returncode == 1
    assert len(_log(shell)) == before + 1
    revoke, *verifies, listing = commands("parent")
    assert shell.run(revoke[0]).returncode == 0
    for command, comment in verifies:
        done = shell.run(command)
        assert done.returncode == 1 and comment in (done.stdout + done.stderr).lower()
    assert len(_log(shell)) == before + 2, "the parent's death is one write"
    assert shell.run(listing[0]).returncode == 0


def _log(shell: Shell) -> list[str]:
    done = shell.run("marzipan revocations --json")
    assert done.returncode == 0, done.stderr
    return re.findall(r'"revision"', done.stdout)


def test_no_file_of_the_walkthrough_is_readable_by_others(shell: Shell, tmp_path: Path) -> None:
    shell.all("issue")
    shell.all("derive")
    secret = [*tmp_path.glob("*.key"), *tmp_path.glob("*.token"), *tmp_path.glob("*.db*")]
    assert len(secret) >= 3
    assert all(not file.stat().st_mode & 0o077 for file in [*secret, *tmp_path.glob("*.secret")])


def test_git_takes_no_file_of_the_walkthrough(shell: Shell, tmp_path: Path) -> None:
    shell.all("issue")
    shell.all("derive")
    shell.all("narrow")
    shutil.copy(Path(__file__).parent.parent / ".gitignore", tmp_path)
    assert shell.run("git init -q . && git add .").returncode == 0
    added = shell.run("git diff --cached --name-only").stdout.split()
    assert added == [".gitignore", "server.log"]


def test_a_port_in_use_is_said_before_anything_is_made(shell: Shell, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = shell.run(f"marzipan serve --database sqlite:///$PWD/new/x.db --port {port}")
    assert done.returncode == 1
    assert f"port {port}" in done.stderr and "--port" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "new").exists()


def test_two_databases_in_one_folder_do_not_share_their_secrets(
    shell: Shell, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        assert shell.run(f"marzipan init --database sqlite:///$PWD/{name}.db").returncode == 0
    one, two = ((tmp_path / f"{name}.secret").read_text() for name in ("one", "two"))
    assert one != two
