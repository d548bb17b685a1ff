"""A process on the first core: begun, waited for, looked at from outside, and ended for certain."""

import contextlib
import json
import os
import resource
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO


def cores() -> tuple[int, int]:
    """The core of the servers and that of the clients; one and the same where there is but one."""
    ours = sorted(os.sched_getaffinity(0))
    return ours[0], ours[-1]


@contextlib.contextmanager
def process(
    command: Sequence[str], cwd: Path, environment: dict[str, str], every_core=False, stdout=False
) -> Iterator["subprocess.Popen[bytes]"]:
    out = subprocess.PIPE if stdout else subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=out, stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the client, which ends first
    )  # fmt: skip
    if not every_core:
        os.sched_setaffinity(process.pid, {cores()[0]})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def document(stream: IO[bytes]) -> bytes:
    """The JSON document that `serve --json` prints, which may have several lines."""
    read = b""
    for line in stream:
        read += line
        with contextlib.suppress(ValueError):
            json.loads(read)
            return read
    raise SystemExit("the server ended before it said where it listens")


def wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    url, until = f"http://127.0.0.1:{port}/health/alive", time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing answers on port {port}")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(one) for one in text.split()]


def processor_ns(pid: int) -> int:
    spent = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # a thread may end meanwhile
            spent += int(thread.read_text().split()[0])
    return spent


def resident_of(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()
