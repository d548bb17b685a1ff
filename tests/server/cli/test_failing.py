"""How commands fail: exit codes that a script can tell apart, and JSON where JSON was asked for."""

import contextlib
import http.server
import json
import socket
import threading

import pytest

from engine import Keyring, MasterSecret

KEY = Keyring(MasterSecret(1, bytes(32))).tenant("default").mint_key(now=1_800_000_000).text
NOBODY = "00000000-0000-4000-8000-000000000000"


@contextlib.contextmanager
def answering(status, body=b"", **headers):
    """A server that answers every request so; yields its URL and what it was sent."""
    asked = []

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("authorization")))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def envelope(message, reason):
    return json.dumps({"error": {"message": message, "details": [{"reason": reason}]}}).encode()


@pytest.fixture
def nowhere():
    """The URL of a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_admin_key_follows_no_redirect(online, status):
    with answering(200, b"{}") as (elsewhere, leaked):
        with answering(status, location=elsewhere) as (server, asked):
            for words in (("keys", "list"), ("keys", "issue"), ("revocations",)):
                assert online(*words, "--server", server).code == 3
            assert len(asked) == 3 and all(key.startswith("Bearer mz_ak_") for _, key in asked)
    assert leaked == []


def test_verify_tells_a_refused_credential_from_a_question_that_was_not_answered(
    online, nowhere, monkeypatch
):
    good = online("keys", "issue", "--out", "-").out
    assert online("keys", "verify", given=good).code == 0
    assert online("keys", "verify", "--scope", "a", given=good).code == 1
    assert online("keys", "verify", "--server", nowhere, given=good).code == 3
    assert online("keys", "explain", "--server", nowhere, given=good).code == 3
    assert online("keys", "verify", "--in", "none.key").code == 2
    with answering(503, envelope("not now", "SERVICE_UNAVAILABLE")) as (server, _):
        assert online("keys", "verify", "--server", server, given=good).code == 3
    for wrong in (KEY, ""):
        monkeypatch.setenv("MARZIPAN_ADMIN_KEY", wrong)
        assert online("keys", "verify", given=good).code == 3


def test_other_commands_end_with_1_where_they_are_refused_and_3_where_nobody_answers(
    online, nowhere
):
    assert online("keys", "get", NOBODY).code == 1
    assert online("keys", "get", NOBODY, "--server", nowhere).code == 3
    with answering(500, b"oops") as (server, _):
        assert online("keys", "get", NOBODY, "--server", server).code == 3
    assert online("keys", "get", "x").code == 2


def failed(done):
    assert done.out == ""
    return json.loads(done.err)["error"]


def test_with_json_a_failure_is_one_json_object_on_stderr(online, run, nowhere, tmp_path):
    told = failed(online("keys", "get", NOBODY, "--json"))
    assert told["message"] and told["exit_code"] == 1
    assert (told["http_status"], told["reason"]) == (404, "API_KEY_NOT_FOUND")
    told = failed(online("keys", "get", NOBODY, "--json", "--server", nowhere))
    assert told["exit_code"] == 3 and "http_status" not in told and nowhere in told["message"]
    told = failed(online("keys", "issue", "--json", "--colour", "red"))
    assert told["exit_code"] == 2 and "--colour" in told["message"]
    told = failed(run("admin-keys", "list", "--json", "--database", "sqlite:///none.db"))
    assert told["exit_code"] == 1 and "none.db" in told["message"]


def test_with_json_no_credential_is_repeated_either(online):
    told = failed(online("keys", "get", KEY, "--json"))
    assert KEY[:20] not in told["message"]


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@127.0.0.1", "//me:hunter2@h", "http:me:hunter2@h", "me:hunter2@h"]
)
def test_the_password_of_a_server_url_is_repeated_in_no_form(online, url, monkeypatch):
    monkeypatch.setenv("MARZIPAN_SERVER", url)
    for words in ((), ("--server", url), ("--json",)):
        done = online("keys", "list", *words)
        assert done.code == 2 and "hunter2" not in done.said
