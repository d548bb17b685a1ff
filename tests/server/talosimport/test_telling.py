"""What the import of a Talos database says: from where to where, whose rows, of its secrets."""

import time
from uuid import uuid4

import pytest


def at() -> int:
    return int(time.time()) - 60


def key_file(tmp_path, text: str) -> str:
    file = tmp_path / "old.key"
    file.touch(0o600)
    file.write_text(text + "\n")
    return str(file)


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_every_run_says_from_where_it_reads_and_where_to_it_writes(marzipan, old, more):
    old.issued(str(uuid4()), at())
    source, target = str(marzipan.folder / "talos.db"), f"sqlite:///{marzipan.path}"
    done = marzipan.run(*marzipan.words(*more))
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"source: {source}\ntarget: {target}\n")
    told = marzipan.take(*more)
    assert (told["source"], told["target"]) == (source, target)


def test_the_target_is_told_without_its_password(marzipan, old):
    url = "postgresql://ada:hunter2@127.0.0.1:1/marzipan"
    words = marzipan.words("--dry-run", "--secret-file", str(marzipan.folder / "none"))
    done = marzipan.run(*words, "--database", url)
    assert "target: postgresql://[redacted]@127.0.0.1:1/marzipan" in done.stderr
    assert done.returncode == 1 and "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize("current", [True, False])
def test_a_key_that_a_secret_made_lets_the_import_go_on(
    marzipan, old, old_talos, tmp_path, current
):
    secret = {} if current else {"secret": "r" * 32}
    key_id, second = str(uuid4()), at()
    old.issued(key_id, second)
    file = key_file(tmp_path, old_talos.key(key_id=key_id, issued_at=second, **secret))
    told = marzipan.take("--check-key", file)
    assert (told["key_checked"], told["issued"]["taken"]) == (True, 1)
    assert not marzipan.take()["key_checked"]


@pytest.mark.parametrize("spoilt", ["secret", "ended", "text", "macaroon"])
def test_a_key_that_no_secret_made_stops_the_import_before_anything_is_written(
    marzipan, old, old_talos, tmp_path, spoilt
):
    key_id, second = str(uuid4()), at()
    old.issued(key_id, second)
    text = old_talos.key(key_id=key_id, issued_at=second)
    if spoilt == "secret":
        marzipan.secrets.write_text("w" * 32)
    elif spoilt == "ended":
        line = f'{{"value": "{old_talos.secret}", "expires_at": "2020-01-01T00:00:00Z"}}'
        marzipan.secrets.write_text(line)
    else:
        text = "sk_live_no_key_of_talos" if spoilt == "text" else old_talos.macaroon()
    before = marzipan.content()
    for more in ((), ("--dry-run",), ("--json",)):
        words = marzipan.words("--check-key", key_file(tmp_path, text), *more)
        done = marzipan.run(*words)
        assert done.returncode == 1 and "Nothing was written" in done.stderr
        assert text not in done.stderr and "Traceback" not in done.stderr
    assert marzipan.content() == before


def test_a_row_that_is_left_out_is_named_with_whose_it_is_and_moves_no_cursor(marzipan, old):
    key_id = str(uuid4())
    old.issued(key_id, at(), name="pay\x1b[2J\nroll", actor_id="ann\r", metadata=b"[1]")
    old.imported("sk_live_1", at(), name="x" * 300, actor_id=None)
    done = marzipan.run(*marzipan.words())
    assert done.returncode == 1 and "\x1b" not in done.stderr and "\r" not in done.stderr
    (line,) = [each for each in done.stderr.splitlines() if key_id in each]
    assert line.startswith(f"left out: {key_id} (name pay") and "roll, actor ann" in line
    assert f"(name {'x' * 64}, actor -): name must" in done.stderr
    told = marzipan.take(code=1)["left_out"]
    assert [each["actor_id"] for each in told] == ["ann\r", ""]
    assert told[0]["name"] == "pay\x1b[2J\nroll" and told[1]["name"] == "x" * 64
