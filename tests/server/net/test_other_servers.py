"""Guarantees of server/application.py: any ASGI server runs it, and answers what ours does."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

VERIFY = "/v2alpha1/admin/apiKeys:verify"
ISSUED = "/v2alpha1/admin/issuedApiKeys"
SERVERS = {
    "hypercorn": ("-m", "hypercorn", "server.application:app", "--bind", "127.0.0.1:{port}"),
    "granian": (
        *("-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}"),
        "server.application:app",
    ),
    "uvicorn": ("-m", "uvicorn", "server.application:app", "--port", "{port}"),
}


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture
def environment(tmp_path):
    """Settings of an empty place."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MARZIPAN_")}
    return env | {
        "MARZIPAN_DATABASE": f"sqlite:///{tmp_path}/m.db",
        "MARZIPAN_SECRET_FILE": f"{tmp_path}/m.secret",
        "MARZIPAN_LOG_LEVEL": "error",
        "PYTHONPATH": os.getcwd(),
    }


def initialise(environment):
    command = [sys.executable, "-m", "server", "init", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return httpx.Response(200, content=done.stdout).json()["admin_key"]


@contextlib.contextmanager
def serving(name, environment):
    port = free_port()
    command = [sys.executable, *(each.format(port=port) for each in SERVERS[name])]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait(process, url):
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{url}/health/ready").raise_for_status()
        time.sleep(0.05)
    raise AssertionError(process.communicate()[0].decode())


@pytest.mark.parametrize("name", SERVERS)
def test_any_asgi_server_issues_verifies_and_revokes(name, environment):
    admin = initialise(environment)
    with serving(name, environment) as (process, url):
        wait(process, url)
        with httpx.Client(base_url=url, headers={"authorization": f"Bearer {admin}"}) as client:
            made = client.post(ISSUED, json={"name": "one", "scopes": ["a:b"]})
            assert made.status_code == 201
            secret, key_id = made.json()["secret"], made.json()["issued_api_key"]["key_id"]
            asked = {"credential": secret, "context": {"scopes": ["a:b"]}}
            assert client.post(VERIFY, json=asked).json()["is_valid"] is True
            passed = httpx.get(
                f"{url}/v1/verify?scope=a:b", headers={"authorization": f"Bearer {secret}"}
            )
            assert passed.status_code == 200 and passed.headers["marzipan-scopes"] == "a:b"
            revoke = {"reason": "REVOCATION_REASON_SUPERSEDED"}
            assert client.post(f"{ISSUED}/{key_id}:revoke", json=revoke).status_code == 204
            assert client.post(VERIFY, json=asked).json()["is_valid"] is False
            assert client.post(VERIFY, content=b"{").status_code == 400


@pytest.mark.parametrize("name", SERVERS)
def test_without_a_database_that_is_initialised_it_says_what_to_do(name, environment):
    with serving(name, environment) as (process, _):
        process.wait(30)
        assert process.stdout is not None
        assert b"marzipan init" in process.stdout.read()
