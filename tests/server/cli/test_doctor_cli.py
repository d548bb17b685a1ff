"""marzipan doctor: a line for each thing, and an exit code for scripts."""

import os

import pytest


@pytest.fixture
def initialised(run):
    assert run("init").code == 0
    return run


def levels(done):
    return {check["check"]: check["level"] for check in done.json["checks"]}


def test_a_new_installation_is_well_in_one_line_a_check(initialised):
    done = initialised("doctor")
    assert done.code == 0, done.said
    lines = done.out.splitlines()
    assert all(line.startswith(("ok ", "warn ")) for line in lines)
    assert {"database", "disk", "schema", "secret"} <= {line.split()[1] for line in lines}


def test_json_says_the_same(initialised):
    done = initialised("doctor", "--json")
    assert done.code == 0 and done.json["ok"] is True
    assert levels(done) | {"disk": "ok"} == {
        "settings": "ok", "secret file": "ok", "database": "ok", "disk": "ok", "schema": "ok",
        "check values": "ok",
    }  # fmt: skip
    assert {"check", "level", "message", "advice"} == set(done.json["checks"][0])


def test_before_anything_is_made_it_says_what_to_do_and_makes_nothing(run, tmp_path):
    done = run("doctor")
    assert done.code == 1 and "marzipan init" in done.out
    assert list(tmp_path.iterdir()) == []


def test_a_secret_file_that_others_can_read_is_a_fault(initialised, tmp_path):
    (file,) = tmp_path.rglob("*.secret")
    os.chmod(file, 0o644)
    done = initialised("doctor", "--json")
    assert done.code == 1 and levels(done)["secret file"] == "fail"
    assert "chmod 600" in done.said


def test_a_secret_file_that_is_missing_is_a_fault(initialised, tmp_path):
    (file,) = tmp_path.rglob("*.secret")
    file.unlink()
    done = initialised("doctor")
    assert done.code == 1 and "fail  secret file" in done.out


def test_peppers_that_cannot_be_read_are_a_fault(initialised, monkeypatch, tmp_path):
    monkeypatch.setenv("MARZIPAN_IMPORTS_PEPPERS_FILE", str(tmp_path / "none"))
    done = initialised("doctor", "--json")
    assert done.code == 1 and levels(done)["peppers"] == "fail"


def test_settings_that_let_in_many_are_warnings(initialised, monkeypatch):
    monkeypatch.setenv("MARZIPAN_INSECURE_NO_ADMIN_AUTH", "true")
    monkeypatch.setenv("MARZIPAN_TRUSTED_PROXIES", "0.0.0.0/0,10.1.2.3,10.0.0.0/16,::/0")
    done = initialised("doctor", "--json")
    assert done.code == 0
    risky = [(c["check"], c["message"].split()[0]) for c in done.json["checks"]
             if c["level"] == "warn" and c["check"] != "disk"]  # fmt: skip
    assert risky == [
        ("admin routes", "insecure_no_admin_auth"),
        ("trusted_proxies", "0.0.0.0/0"),
        ("trusted_proxies", "::/0"),
    ]


def test_a_database_server_that_is_away_is_a_fault_without_its_password(run):
    url = "postgresql://user:hunter2@127.0.0.1:1/keys"
    done = run("doctor", "--database", url, "--redis", "redis://:hunter2@127.0.0.1:1/0")
    assert done.code == 1 and "fail  database" in done.out and "fail  redis" in done.out
    assert "hunter2" not in done.said
