"""Guarantees of server/workers.py: several processes on one port, over a real Postgres."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.servers.nodes import ISSUED, VERIFY, WAIT_S
from tests.servers.postgres import free_port

pytestmark = pytest.mark.slow


def children(pid):
    """The processes that a process started and that still run."""
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.fixture
def parent(cluster):
    port = pair_of_ports()
    node = cluster.start(workers="2", metrics_port=str(port))
    node.metrics = (port, port + 1)
    node.wait(lambda: all(map(ready, node.metrics)))
    return node


def pair_of_ports():
    """A port that is free, as the next one is."""
    while True:
        port = free_port()
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port + 1)):
            return port


def ready(port):
    """Whether the worker of these metrics accepts."""
    try:
        return "marzipan_ready 1.0" in httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=1).text
    except httpx.HTTPError:
        return False


def everywhere(parent, admin, credential):
    """The verdicts of new connections, as many as find every worker."""
    told = set()
    for _ in range(20):
        answer = httpx.post(
            f"{parent.url}{VERIFY}",
            json={"credential": credential},
            headers={"authorization": f"Bearer {admin}"},
        )
        told.add(answer.json()["is_valid"])
    return told


def served(parent):
    """How many answers each of the workers gave."""
    counts = []
    for port in parent.metrics:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        lines = [line for line in text.splitlines() if line.startswith("marzipan_requests_total")]
        counts.append(sum(float(line.rpartition(" ")[2]) for line in lines))
    return counts


def test_what_one_worker_revokes_all_of_them_refuse(parent, cluster):
    assert len(children(parent.process.pid)) == 2
    key_id, secret = parent.issue()
    ends = 50
    while min(served(parent)) < 5 and ends:
        assert everywhere(parent, cluster.admin, secret) == {True}
        ends -= 1
    assert min(served(parent)) >= 5, "one of the workers was asked nothing"
    assert parent.revoke(key_id, "?wait=all").status_code in (200, 204)
    assert everywhere(parent, cluster.admin, secret) == {False}


def test_a_hangup_replaces_all_workers_and_no_request_is_lost(parent, cluster):
    _, secret = parent.issue()
    before, failed, stop = children(parent.process.pid), [], threading.Event()
    asked = []

    def load(kept):
        headers = {"authorization": f"Bearer {cluster.admin}"}
        client = httpx.Client(base_url=parent.url, headers=headers, timeout=WAIT_S)
        while not stop.is_set():
            try:
                answer = client.post(VERIFY, json={"credential": secret})
                asked.append(answer.status_code)
                if answer.status_code != 200:
                    failed.append(answer.text)
            except httpx.HTTPError as error:
                failed.append(repr(error))
            if not kept:
                client.close()
                client = httpx.Client(base_url=parent.url, headers=headers, timeout=WAIT_S)
        client.close()

    threads = [threading.Thread(target=load, args=(kept,)) for kept in (True, False)]
    for each in threads:
        each.start()
    try:
        parent.process.send_signal(signal.SIGHUP)

        def replaced():
            now = children(parent.process.pid)
            return len(now) == 2 and not now & before

        parent.wait(replaced, 60)
    finally:
        stop.set()
        for each in threads:
            each.join()
    assert asked and not failed, failed[:3]
    assert sum(served(parent)) > 0


def test_a_worker_that_is_killed_is_replaced(parent):
    before = children(parent.process.pid)
    os.kill(min(before), signal.SIGKILL)

    def replaced():
        now = children(parent.process.pid)
        return len(now) == 2 and min(before) not in now

    parent.wait(replaced, 60)
    assert parent.call("GET", ISSUED).status_code == 200


def test_sigterm_ends_all_of_them(parent):
    workers = children(parent.process.pid)
    parent.process.terminate()
    assert parent.process.wait(60) == 0
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_bug_a_folder_with_a_server_of_its_own_gives_no_worker_its_code(cluster, tmp_path):
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "__init__.py").write_text("raise SystemExit('somebody else')")
    command = [Path(sys.executable).with_name("marzipan"), "serve", "--port", "0", "--json"]
    command += ["--database", cluster.url, "--secret-file", cluster.folder / "secret"]
    parent = subprocess.Popen(
        [*command, "--workers", "2"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        url = json.loads(parent.stdout.readline())["url"]
        assert httpx.get(f"{url}/health/alive", timeout=WAIT_S).status_code == 200
    finally:
        parent.terminate()
        said = parent.communicate(timeout=60)[1]
    assert b"somebody else" not in said
