"""master and backup: an operator's copies and rotations."""

import json
import shutil
import sqlite3

import pytest


def test_master_rotate_says_to_restart_and_shows_no_secret(run, tmp_path):
    assert run("init", "--database", "sqlite:///a.db").code == 0
    done = run("master", "rotate", "--database", "sqlite:///a.db")
    assert done.code == 0 and "restart every running server" in done.err
    listed = run("master", "list", "--database", "sqlite:///a.db")
    assert "current" in listed.out and "retired" in listed.out
    told = run("master", "list", "--database", "sqlite:///a.db", "--json").json["masters"]
    assert [(each["id"], each["state"]) for each in told] == [(1, "retired"), (2, "current")]
    leaked = run("master", "rotate", "--database", "sqlite:///a.db", "--leaked")
    assert "rotate each of them" in leaked.err
    for master in json.loads((tmp_path / "a.secret").read_text())["masters"]:
        assert master["secret"] not in done.said + listed.said + leaked.said


def test_a_backup_of_a_running_server_has_its_last_key_and_its_last_revocation(
    run, serving, monkeypatch, tmp_path
):
    server = serving("a")
    monkeypatch.setenv("MARZIPAN_SERVER", server.url)
    monkeypatch.setenv("MARZIPAN_ADMIN_KEY", server.admin_key)
    try:
        live = run("keys", "issue").out
        dead = run("keys", "issue").out
        assert run("token", "revoke", given=dead).code == 0
        done = run("backup", "--database", "sqlite:///a.db", "--to", "copy.db")
        assert done.code == 0 and "a.secret" in done.err, done.err
    finally:
        server.stop()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob("*copy*")) == ["copy.db"]
    shutil.copy(tmp_path / "a.secret", tmp_path / "copy.secret")
    again = serving("copy")
    monkeypatch.setenv("MARZIPAN_SERVER", again.url)
    try:
        assert run("keys", "verify", given=live).code == 0
        assert run("keys", "verify", given=dead).code == 1
    finally:
        again.stop()


def test_a_backup_of_a_stopped_server_works_too(run):
    assert run("init", "--database", "sqlite:///a.db").code == 0
    done = run("backup", "--database", "sqlite:///a.db", "--to", "copy.db", "--json")
    assert done.code == 0 and done.json["bytes"] > 0


@pytest.mark.parametrize(
    ("to", "said"), [("there", "already there"), ("none/copy.db", "No such file")]
)
def test_a_backup_replaces_nothing_and_leaves_nothing_half(run, tmp_path, to, said):
    assert run("init", "--database", "sqlite:///a.db").code == 0
    (tmp_path / "there").write_text("precious")
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run("backup", "--database", "sqlite:///a.db", "--to", to)
    assert done.code == 1 and said in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "there").read_text() == "precious"


def test_a_copy_that_is_overtaken_by_a_file_of_its_name_replaces_it_neither(
    run, tmp_path, monkeypatch
):
    assert run("init", "--database", "sqlite:///a.db").code == 0
    monkeypatch.setattr("os.path.lexists", lambda path: False)
    (tmp_path / "there").write_text("precious")
    done = run("backup", "--database", "sqlite:///a.db", "--to", "there")
    assert done.code == 1 and "already there" in done.err
    assert (tmp_path / "there").read_text() == "precious" and not list(tmp_path.glob(".there*"))


def test_a_damaged_database_gives_no_backup(run, tmp_path):
    assert run("init", "--database", "sqlite:///a.db").code == 0
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute("UPDATE audit_log SET caller = 'somebody else'")
    db.close()
    done = run("backup", "--database", "sqlite:///a.db", "--to", "copy.db")
    assert done.code == 1 and "damaged" in done.err and not (tmp_path / "copy.db").exists()


def test_a_database_that_is_not_there_is_not_backed_up_as_an_empty_one(run, tmp_path):
    done = run("backup", "--database", "sqlite:///none.db", "--to", "copy.db")
    assert done.code == 1 and "no database" in done.err
    assert not list(tmp_path.glob("*.db"))
