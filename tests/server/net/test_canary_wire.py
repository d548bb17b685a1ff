"""A secret in what is no HTTP, or is odd HTTP, shows in no answer and in nothing of the process."""

import json
import socket
from pathlib import Path

import pytest

SHAPELESS = b"correct-horse-battery-staple-canary"


def odd(secret):
    """Requests that no client library would send."""
    end = b"\r\nHost: x\r\n\r\n"
    yield secret + b"\r\n\r\n"
    yield b"GET " + secret + b" HTTP/1.1" + end
    yield secret + b" / HTTP/1.1" + end
    yield b"GET /" + secret + b" HTTP/9.9" + end
    yield b"GET http://x/" + secret + b" HTTP/1.1" + end
    yield b"GET /version HTTP/1.1\r\nHost: x\r\n" + secret + b"\r\n\r\n"
    yield b"GET /version HTTP/1.1\r\nHost: x\r\n" + secret + b": y\r\n\r\n"
    yield b"GET /version HTTP/1.1\r\nHost: x\r\nX-A: " + secret * 3000 + b"\r\n\r\n"
    yield b"GET /version HTTP/1.1\r\nHost: x\r\nUpgrade: " + secret + b"\r\n\r\n"
    post = b"POST /v1/tokens:inspect HTTP/1.1\r\nHost: x\r\n"
    yield post + b"Content-Length: " + secret + b"\r\n\r\n" + secret
    yield post + b"Transfer-Encoding: chunked\r\n\r\n" + secret + b"\r\n"
    yield post + b"Transfer-Encoding: " + secret + b"\r\n\r\n" + secret
    yield post + b"Content-Length: 9\r\n\r\n" + secret * 2
    yield b"CONNECT " + secret + b":443 HTTP/1.1\r\nHost: x\r\n\r\n"


def exchange(port, sent):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        told = b""
        try:
            while chunk := client.recv(65_536):
                told += chunk
        except ConnectionResetError:
            pass
        return told


@pytest.mark.parametrize("which", ["an issued key", "a raw key"])
def test_a_secret_in_what_is_no_http_shows_nowhere(start, tmp_path: Path, which):
    server = start(log_level="debug")
    issued = server.call("POST", "/v2alpha1/admin/issuedApiKeys", {}).json()["secret"].encode()
    secret = issued if which == "an issued key" else SHAPELESS
    said = [exchange(server.port, each) for each in odd(secret)]
    assert sum(answer.startswith(b"HTTP/1.1 4") for answer in said) > 5
    server.call("GET", "/v1/verify", key=secret.decode())
    server.call("POST", "/v1/tokens:inspect", secret, key=None)
    assert server.call("GET", "/version").status_code == 200
    process = Path(f"/proc/{server.pid}")
    known = [(process / name).read_bytes() for name in ("cmdline", "environ", "comm")]
    known += [path.read_bytes() for path in tmp_path.glob("marzipan.db*")]
    lines = server.log.splitlines()
    assert all(json.loads(line) for line in lines) and len(lines) > 5
    for content in (*said, *known, server.log.encode()):
        for part in (secret, secret[-20:], secret[8:30]):
            assert part not in content
    assert server.admin_key.encode() not in b"".join(known) + server.log.encode()
