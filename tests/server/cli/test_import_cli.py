"""Importing from the command line: raw keys from files and stdin, never from arguments."""

import hashlib
import json

import bcrypt
import pytest

RAW = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
WHO = ("--name", "legacy", "--actor", "ada")


@pytest.fixture(scope="module")
def fresh():
    """Raw keys that no other test here imports."""
    numbers = iter(range(10_000))
    return lambda: f"{RAW}-{next(numbers)}"


def test_a_raw_key_from_a_file_is_imported_shown_listed_revoked_and_deleted(
    online, fresh, tmp_path
):
    file, raw = tmp_path / "old.key", fresh()
    file.write_text(f"{raw}\n")
    file.chmod(0o600)
    done = online(
        "keys", "import", "--in", str(file), *WHO, "--scope", "a:*", "--ttl", "30d", "--json"
    )
    assert done.code == 0, done.err
    key_id = done.json["key_id"]
    assert done.json["scopes"] == ["a:*"] and raw not in done.said
    assert online("keys", "verify", "--in", str(file), "--scope", "a:b").code == 0
    shown = online("keys", "get", key_id)
    assert "legacy" in shown.out and key_id in shown.out
    listed = online("keys", "list", "--imported", "--actor", "ada", "--limit", "1000")
    assert key_id in listed.out and key_id not in online("keys", "list", "--limit", "1000").out
    revoked = online("keys", "revoke", key_id, "--reason", "superseded", "--imported")
    assert revoked.code == 0 and online("keys", "verify", given=raw).code == 1
    assert online("keys", "delete", key_id).code == 0
    gone = online("keys", "get", key_id)
    assert gone.code == 1 and "HTTP 404" in gone.err
    assert online("keys", "import", *WHO, given=raw).code == 0


def test_an_imported_key_derives_and_revokes_itself_as_any_other(online, fresh):
    raw = fresh()
    done = online("keys", "import", *WHO, given=raw + "\n")
    assert done.code == 0 and "good from now on" in done.err and done.out == ""
    token = online("keys", "derive", "--ttl", "10m", given=raw).out.strip()
    assert online("keys", "verify", given=token).code == 0
    assert online("token", "revoke", given=raw).code == 0
    assert online("keys", "verify", given=token).code == 1


def test_a_raw_key_may_hold_blanks_and_is_taken_as_it_stands(online, fresh):
    raw = f"  {fresh()} two words "
    assert online("keys", "import", *WHO, given=raw + "\r\n").code == 0
    again = online("keys", "import", *WHO, given=raw)
    assert again.code == 1 and "imported already" in again.err


@pytest.mark.parametrize("given", ["", "\n", "a\nb\n", "mz_ak_x", "eyJh.a.b", "x" * 9000])
def test_what_is_no_raw_key_is_refused_in_one_line(online, given):
    done = online("keys", "import", *WHO, given=given)
    assert done.code == 1 and done.out == "" and "Traceback" not in done.err
    assert done.err.splitlines()[-1].startswith("marzipan: ")


def test_a_raw_key_is_no_argument_and_whose_it_is_must_be_said(online, fresh):
    assert online("keys", "import", fresh(), *WHO).code == 2
    assert online("keys", "import", "--raw-key", fresh(), *WHO).code == 2
    for words in (("--name", "n"), ("--actor", "a"), ("--name", "", "--actor", "a")):
        assert online("keys", "import", *words, given=fresh()).code == 2
    metadata = online("keys", "import", *WHO, "--metadata", "[]", given=fresh())
    assert metadata.code == 2 and "--metadata" in metadata.err


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items)


def item(raw, **fields):
    return {"raw_key": raw, "name": "n", "actor_id": "a", **fields}


def test_a_file_of_many_is_imported_and_what_was_not_is_named_by_its_line(online, fresh, tmp_path):
    first, second, third = fresh(), fresh(), fresh()
    file = tmp_path / "old.jsonl"
    bad = item(fresh(), ttl="never")
    file.write_text(lines(item(first), item(second), item(first)) + "\n" + lines(bad, item(third)))
    done = online("keys", "import-batch", "--in", str(file))
    assert done.code == 1 and "imported 3 of 5 keys" in done.err
    assert "line 3: " in done.err and "line 5: ttl" in done.err and RAW not in done.said
    for raw in (first, second, third):
        assert online("keys", "verify", given=raw).code == 0
    again = online("keys", "import-batch", "--in", str(file), "--json")
    assert again.code == 1 and again.json["success_count"] == 0
    assert [each["line"] for each in again.json["results"]] == [1, 2, 3, 5, 6]


def test_more_than_one_request_takes_is_sent_in_several_and_one_that_fails_stops_none(
    online, fresh
):
    there = [item(fresh()) for _ in range(1000)]
    assert online("keys", "import-batch", given=lines(*there)).code == 0
    new = [item(fresh()) for _ in range(3)]
    done = online("keys", "import-batch", "--json", given=lines(*there, *new))
    assert done.code == 1
    assert (done.json["success_count"], done.json["failure_count"]) == (3, 1000)
    long = [item(fresh(), metadata={"x": "y" * 60_000}) for _ in range(120)]
    done = online("keys", "import-batch", given=lines(*long))
    assert done.code == 0 and "imported 120 of 120" in done.err, done.err


def test_a_line_that_is_no_json_object_is_named_and_not_repeated(online, fresh):
    for bad in ("[]", "x", '{"raw_key": ', '"text"'):
        done = online("keys", "import-batch", given=f"\n{bad} {RAW}\n")
        assert done.code == 1 and "Line 2 is not a JSON object" in done.err
        assert RAW not in done.said
    assert online("keys", "import-batch", given="\n").code == 1


def test_a_server_that_is_not_there_or_refuses_the_caller_ends_the_batch(
    online, fresh, monkeypatch
):
    given = lines(item(fresh()))
    done = online("keys", "import-batch", "--server", "http://127.0.0.1:9", given=given)
    assert done.code == 3 and "can't be reached" in done.err
    monkeypatch.setenv("MARZIPAN_ADMIN_KEY", fresh())
    done = online("keys", "import-batch", given=given)
    assert done.code == 1 and "(HTTP 401)" in done.err


def test_a_hash_is_imported_and_is_the_key_once_it_was_used(online, fresh):
    raw = fresh() + ".secret"
    lookup, hashed = raw.partition(".")[0], bcrypt.hashpw(raw.encode(), bcrypt.gensalt(4)).decode()
    done = online(
        "keys", "import", "--hash", "bcrypt", "--lookup", lookup, *WHO, given=hashed + "\n"
    )
    assert done.code == 0 and hashed not in done.said, done.err
    assert "its raw key is good from now on" in done.err
    pending = online("keys", "search", "--hash-pending", "--json").json["keys"]
    [key_id] = [key["key_id"] for key in pending]
    assert key_id in done.err
    assert "waits for its first use" in online("keys", "get", key_id).out
    assert online("keys", "verify", given=raw + "x").code == 1
    assert online("keys", "verify", given=hashed).code == 1
    assert online("keys", "verify", given=raw).code == 0
    assert online("keys", "search", "--hash-pending", "--json").json["keys"] == []
    assert "first use" not in online("keys", "get", key_id).out
    raw = fresh()
    done = online(
        "keys", "import", "--hash", "sha256", *WHO, given=hashlib.sha256(raw.encode()).hexdigest()
    )
    assert done.code == 0 and online("keys", "verify", given=raw).code == 0


def test_what_is_wrong_with_a_hash_is_said_in_one_line_without_it(online):
    hashed = "ab" * 32
    for words in (
        ("--hash", "bcrypt"),
        ("--hash", "bcrypt", "--lookup", "sk_live"),
        ("--hash", "sha256", "--lookup", "sk_live"),
        ("--hash", "hmac-sha256", "--pepper", "main"),
    ):
        done = online("keys", "import", *words, *WHO, given=hashed)
        assert done.code == 1 and "key_hash." in done.err and hashed not in done.said
    for words in (("--lookup", "sk_live"), ("--pepper", "main"), ("--hash", "md5")):
        assert online("keys", "import", *words, *WHO, given=hashed).code == 2


def test_hashes_are_imported_from_a_file_of_many(online, fresh):
    raws = [fresh(), fresh()]
    known = [{"algorithm": "sha512", "value": hashlib.sha512(r.encode()).hexdigest()} for r in raws]
    items = [{"key_hash": each, "name": "n", "actor_id": "a"} for each in known]
    done = online("keys", "import-batch", given=lines(*items, items[0]))
    assert done.code == 1 and "imported 2 of 3 keys" in done.err and "line 3: " in done.err
    assert [online("keys", "verify", given=raw).code for raw in raws] == [0, 0]


def test_a_real_server_knows_a_key_by_its_hash_after_a_restart_and_by_itself_after_two(
    run, serving, monkeypatch, tmp_path
):
    raw = "sk_restart.secret-of-the-holder"
    hashed = bcrypt.hashpw(raw.encode(), bcrypt.gensalt(4)).decode()
    words = ("keys", "import", "--hash", "bcrypt", "--lookup", "sk_restart", *WHO)
    admin = ""
    for done in (
        lambda: run(*words, given=hashed),
        lambda: run("keys", "verify", given=raw),
        lambda: run("keys", "verify", given=raw),
    ):
        server = serving("restarted")
        admin = server.admin_key or admin
        monkeypatch.setenv("MARZIPAN_SERVER", server.url)
        monkeypatch.setenv("MARZIPAN_ADMIN_KEY", admin)
        try:
            assert done().code == 0
        finally:
            server.stop()
    whole = b"".join(file.read_bytes() for file in tmp_path.glob("restarted.db*"))
    assert raw.encode() not in whole and hashed.encode() not in whole and len(whole) > 50_000


def test_a_hash_without_the_word_that_it_is_one_is_no_key_of_either_import(online, fresh):
    hashed = bcrypt.hashpw(fresh().encode(), bcrypt.gensalt(4)).decode()
    one = online("keys", "import", *WHO, given=hashed + "\n")
    many = online("keys", "import-batch", given=lines(item(hashed)))
    for done in (one, many):
        assert done.code == 1 and "looks like a bcrypt hash" in done.err
        assert "--hash bcrypt --lookup ..." in done.err and hashed not in done.said
    assert online("keys", "verify", given=hashed).code == 1


def test_the_help_says_what_the_file_of_either_import_holds(online):
    one, many = (online("keys", name, "--help").out for name in ("import", "import-batch"))
    assert "holds the raw key, or with --hash" in " ".join(one.split())
    assert "a JSON object a line, one for each key" in " ".join(many.split())
