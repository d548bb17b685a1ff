"""Real nodes over one database: `marzipan serve` in processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

WAIT_S = 20.0
ISSUED = "/v2alpha1/admin/issuedApiKeys"
IMPORTED = "/v2alpha1/admin/importedApiKeys"
VERIFY = "/v2alpha1/admin/apiKeys:verify"
DERIVE = "/v2alpha1/admin/apiKeys:derive"


class NodeProcess:
    """One node; `log` is its stderr."""

    def __init__(self, folder: Path, number: int, url: str, admin: str, **settings: str) -> None:
        self._log = folder / f"log-{number}"
        self._admin = admin
        env = {name: each for name, each in os.environ.items() if not name.startswith("MARZIPAN_")}
        env |= {f"MARZIPAN_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "server", "serve", "--json", "--port", "0"]
        command += ["--database", url, "--secret-file", str(folder / "secret")]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline() or b"{}")
        assert told, self.log
        self._client = httpx.Client(base_url=told["url"], timeout=WAIT_S)
        self.url: str = told["url"]

    @property
    def log(self) -> str:
        return self._log.read_text()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Asked with the admin key, on a connection that is kept."""
        given = {"authorization": f"Bearer {self._admin}", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body).encode()
        return self._client.request(method, path, content=content, headers=given)

    def issue(self, **fields: Any) -> tuple[str, str]:
        """The id and the secret of a new key."""
        answer = self.call("POST", ISSUED, fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["issued_api_key"]["key_id"], answer.json()["secret"]

    def revoke(self, key_id: str, query: str = "") -> httpx.Response:
        return self.call(
            "POST", f"{ISSUED}/{key_id}:revoke{query}", {"reason": "REVOCATION_REASON_SUPERSEDED"}
        )

    def verdict(self, credential: str, **fields: Any) -> str:
        """ "ok", the error's last word, or the status where there is no verdict."""
        answer = self.call("POST", VERIFY, {"credential": credential, **fields})
        return _told(answer.status_code, answer.json())

    def send_verify(self, credential: str) -> None:
        """Ask for a verdict without waiting for it; `answered` reads it."""
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        body = json.dumps({"credential": credential}).encode()
        self._wire = socket.create_connection((host, int(port)), timeout=WAIT_S)
        head = f"POST {VERIFY} HTTP/1.1\r\nhost: mz\r\ncontent-type: application/json\r\n"
        head += f"authorization: Bearer {self._admin}\r\ncontent-length: {len(body)}\r\n"
        self._wire.sendall(head.encode() + b"connection: close\r\n\r\n" + body)

    def answered(self) -> str:
        """The verdict that `send_verify` asked for, as `verdict` tells it."""
        with self._wire, self._wire.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
        status = head.split(b" ", 2)[1].decode()
        return _told(int(status), json.loads(body))

    def until(self, verdict: str, credential: str, seconds: float = WAIT_S, **fields: Any) -> None:
        """Ask until this is the verdict; anything else for so long fails."""
        self.wait(lambda: self.verdict(credential, **fields) == verdict, seconds)

    def wait(self, done: Callable[[], bool], seconds: float = WAIT_S) -> None:
        ends = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < ends, f"waited in vain; log: {self.log[-2000:]}"
            time.sleep(0.005)

    def ready(self) -> bool:
        return self.call("GET", "/health/ready").status_code == 200

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator does, if it still runs."""
        self._client.close()
        if self.process.poll() is None:
            self.thaw()
            self.process.terminate()
            try:
                self.process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()


def _told(status: int, body: Any) -> str:
    if status != 200:
        return str(status)
    code: str = "ok" if body["is_valid"] else body["error_code"]
    return code.removeprefix("VERIFICATION_ERROR_")
