"""What people get wrong: one line that says what to do, no traceback, and no secret repeated."""

import http.server
import os
import stat
import subprocess
import sys
import threading

import pytest

# The same in every process that collects these tests, since it stands in their names.
KEY = (
    "mz_ak_k8QblQEBAMQQS0tLS0tLS0tLS0tLS0tLS85rSdIAkMQgUOd6GdbpK1wJTEeo8bYc-2f9YisTBfopOmaOGLR-jbY_"
    "3AKvIN"
)


def refused(done, *words, code=None):
    """It failed in one line for people."""
    assert done.code in ((1, 2, 3) if code is None else (code,)), done
    assert "Traceback" not in done.said and done.out == ""
    assert done.err.splitlines()[-1].startswith("marzipan: ")
    for word in words:
        assert word in done.err, done.err


@pytest.mark.parametrize(
    "key", [f"{KEY[:20]}\n{KEY[20:]}", f"{KEY}\udcff", f"{KEY}é", f"{KEY} x", KEY[:-3], "\x01"]
)
def test_a_damaged_admin_key_is_refused_before_it_is_sent_and_never_shown(online, monkeypatch, key):
    monkeypatch.setenv("MARZIPAN_ADMIN_KEY", key)
    done = online("keys", "list")
    refused(done, "MARZIPAN_ADMIN_KEY")
    assert KEY[6:16] not in done.said


@pytest.mark.parametrize("key_id", ["a b", "é", "../x", "", KEY])
def test_a_key_id_that_is_none_is_refused_before_it_goes_into_a_url(online, key_id):
    for words in (("get",), ("rotate",), ("revoke", "--reason", "superseded")):
        done = online("keys", *words, "--", key_id)
        refused(done)
        assert KEY[6:16] not in done.said


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:abc", "http://127.0.0.1 :4420", "http://[::1", "ftp://x", "127.0.0.1:4420"]
    + ["http://", "http://é", "http://me:hunter2@127.0.0.1", "http://127.0.0.1/?a=b", "http://a#b"],
)
def test_a_server_url_that_is_none_is_refused_without_its_password(online, url):
    done = online("keys", "list", "--server", url)
    refused(done, "--server", code=2)
    assert "hunter2" not in done.said


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'"x"', b"\xff", b"null"])
def test_another_programs_answer_is_called_so(online, body):
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        for words in (("revocations",), ("keys", "list"), ("keys", "issue")):
            refused(online(*words, "--server", url), "not a Marzipan server's", code=3)
        server.shutdown()


@pytest.mark.parametrize(
    "words",
    [("keys", "verify"), ("keys", "derive"), ("keys", "explain"), ("token", "revoke")]
    + [("token", "attenuate", "--ttl", "1m"), ("token", "seal"), ("token", "inspect")]
    + [("token", "explain")],
)
def test_a_cut_credential_is_called_cut_by_every_command_and_not_sent(online, words):
    done = online(*words, given=KEY[:-5])
    refused(done, "was it cut when pasted?", code=1)
    assert "MARZIPAN_ADMIN_KEY" not in done.err


def test_a_bad_credential_is_not_blamed_on_the_admin_key(online):
    done = online("keys", "derive", given=KEY)
    refused(done, "The credential is not valid here", code=1)
    assert "MARZIPAN_ADMIN_KEY" not in done.err


def test_a_wrong_admin_key_is_told_with_the_way_to_another(online, monkeypatch):
    monkeypatch.setenv("MARZIPAN_ADMIN_KEY", KEY)
    refused(online("keys", "list"), "MARZIPAN_ADMIN_KEY", "marzipan admin-keys issue", code=1)


@pytest.mark.parametrize(
    "secret", [KEY, KEY[:30], "mz_ak_foo", "eyJhbGciOiJFZERTQSJ9.eyJzdWIi.c2ln"]
)
def test_a_credential_given_as_an_argument_is_not_repeated(online, secret):
    for words in (
        ("keys", "verify", secret),
        ("keys", "verify", "--in", secret),
        ("keys", "get", secret),
        ("keys", "issue", "--out", secret),
        ("keys", "issue", "--ttl", secret),
        ("token", "attenuate", "--tool", "x", "--in", secret),
        (secret,),
    ):
        done = online(*words)
        refused(done)
        assert secret not in done.said, words


def test_an_out_that_cannot_be_written_is_refused_before_anything_is_issued(online, tmp_path):
    there = tmp_path / "there"
    there.write_text("precious")
    before = len(online("keys", "list", "--json", "--limit", "1000").json["issued_api_keys"])
    for out in ("none/x.key", str(there), "there/x.key"):
        refused(online("keys", "issue", "--out", out), out, code=1)
    after = online("keys", "list", "--json", "--limit", "1000").json["issued_api_keys"]
    assert len(after) == before and there.read_text() == "precious"


def test_an_out_that_appears_while_the_key_is_made_is_neither_replaced_nor_followed(
    online, tmp_path, monkeypatch
):
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    monkeypatch.setattr("server.cli.secrets.check_free", lambda out: None)
    for out in ("target", "link", "dangling"):
        for as_json in ((), ("--json",)):
            done = online("keys", "issue", "--out", out, *as_json)
            assert done.code == 1 and done.out.startswith("mz_ak_"), "it exists: losing it is worse"
            assert "printed instead" in done.err
    assert target.read_text() == "precious" and not (tmp_path / "nowhere").exists()
    assert (tmp_path / "link").is_symlink()


def test_an_out_is_readable_by_its_owner_alone_whatever_the_umask(online, tmp_path):
    before = os.umask(0)
    try:
        assert online("keys", "issue", "--out", "x.key").code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.key").stat().st_mode) == 0o600


def test_an_out_on_a_full_disk_leaves_no_half_file_and_prints_the_key(
    online, tmp_path, monkeypatch
):
    opened = os.open

    def full(path, flags, mode=0o777, **more):
        descriptor = opened(path, flags, mode, **more)
        if path == "x.key":
            with open("/dev/full", "w") as file:
                os.dup2(file.fileno(), descriptor)
        return descriptor

    monkeypatch.setattr(os, "open", full)
    done = online("keys", "issue", "--out", "x.key")
    assert done.code == 1 and done.out.startswith("mz_ak_") and "No space left" in done.err
    assert not (tmp_path / "x.key").exists()


def test_out_minus_is_stdout(online, tmp_path):
    done = online("keys", "issue", "--out", "-")
    assert done.code == 0 and done.out.startswith("mz_ak_")
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize(
    "words",
    [("issue", "--ttl", ""), ("issue", "--actor", ""), ("issue", "--scope", "")]
    + [("issue", "--network", ""), ("issue", "--name", " "), ("issue", "--metadata", "")]
    + [("derive", "--ttl", ""), ("derive", "--scope", ""), ("derive", "--audience", "")]
    + [("verify", "--scope", ""), ("verify", "--tool", ""), ("verify", "--audience", "")],
)
def test_an_unset_shell_variable_is_refused_and_not_taken_for_no_restriction(online, words):
    key = online("keys", "issue", "--out", "-").out
    before = len(online("keys", "list", "--json", "--limit", "1000").json["issued_api_keys"])
    refused(online("keys", *words, given=key))
    after = online("keys", "list", "--json", "--limit", "1000").json["issued_api_keys"]
    assert len(after) == before


@pytest.mark.parametrize(
    "option", ["--delegate", "--ttl", "--tool", "--scope", "--network", "--audience", "--expires"]
)
def test_attenuate_refuses_an_empty_restriction_beside_a_good_one(run, option):
    refused(run("token", "attenuate", "--max-depth", "1", option, "", given=KEY), option)


def test_a_wrong_call_says_how_it_is_called_and_where_help_is(run):
    done = run("keys", "issue", "--colour", "red")
    refused(done, "Usage: marzipan keys issue", "For help: marzipan keys issue -h", code=2)


def test_without_the_servers_extra_the_command_says_what_to_install(tmp_path):
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError('no', name='click')")
    done = subprocess.run(
        [sys.executable, "-c", "import server.__main__"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "pip install 'marzipan[server]'" in done.stderr
