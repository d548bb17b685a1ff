"""One server of several tenants, by the command line and over a socket."""

import http.client
import json

import pytest

CONFIG = """
[tenants.acme]
path = "/t/acme"
hosts = ["acme.example"]
prefixes.key = "acme_ak"
[tenants.globex]
path = "/t/globex"
"""
DB = ("--database", "sqlite:///a.db", "--config", "m.toml")


@pytest.fixture
def house(run, tmp_path):
    (tmp_path / "m.toml").write_text(CONFIG)
    assert run("init", *DB).code == 0


@pytest.fixture
def several(run, house, serving, tmp_path, monkeypatch):
    """A server of both, an admin key for acme in the environment."""
    done = run("admin-keys", "issue", *DB, "--tenant", "acme", "--out", "acme.key")
    assert done.code == 0, done.err
    server = serving("a", config=str(tmp_path / "m.toml"))
    monkeypatch.setenv("MARZIPAN_ADMIN_KEY", (tmp_path / "acme.key").read_text().strip())
    yield server
    server.stop()


def test_the_url_of_a_command_may_end_in_a_tenants_path(run, several):
    acme = ("--server", f"{several.url}/t/acme")
    issued = run("keys", "issue", *acme, "--name", "x", "--scope", "a:*")
    assert issued.code == 0 and issued.out.startswith("acme_ak_"), issued.err
    assert run("keys", "verify", *acme, "--scope", "a:b", given=issued.out).code == 0
    assert run("keys", "list", *acme, "--json").json["issued_api_keys"]
    refused = run("keys", "list", "--server", f"{several.url}/t/globex")
    assert refused.code == 1 and "not valid here" in refused.err
    nowhere = run("keys", "list", "--server", several.url)
    assert nowhere.code == 1 and "404" in nowhere.err


def test_a_host_in_any_spelling_reaches_its_tenant_over_a_socket(several):
    def asked(path, *hosts):
        connection = http.client.HTTPConnection(several.url.removeprefix("http://"), timeout=20)
        connection.putrequest("GET", path, skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        told = answer.status, json.loads(answer.read())
        connection.close()
        return told

    path = "/.well-known/oauth-authorization-server"
    for host in ("acme.example", "Acme.Example.:4420"):
        status, told = asked(path, host)
        assert status == 200 and told["issuer"].endswith("/t/acme")
    assert asked("/t/globex" + path, "acme.example")[0] == 404
    assert asked(path, "elsewhere.example")[0] == asked(path)[0] == 404
    assert asked(path, "acme.example", "elsewhere.example")[0] == 400
    assert asked("/health/ready", "elsewhere.example")[0] == 200


def test_the_listing_of_admin_keys_says_for_whom_each_is(run, house):
    assert run("admin-keys", "issue", *DB, "--tenant", "acme", "--out", "k").code == 0
    shown = run("admin-keys", "list", *DB, "--json").json["admin_keys"]
    assert {key["tenant"] for key in shown} == {"acme", None}
    table = run("admin-keys", "list", *DB).out
    assert " acme " in table and " all " in table


def test_no_admin_key_is_issued_for_a_tenant_that_is_not_there(run, house):
    done = run("admin-keys", "issue", *DB, "--tenant", "initech")
    assert done.code == 1 and "must be among acme, globex" in done.err and not done.out


def test_an_epoch_is_raised_for_one_tenant(run, house):
    done = run("tenant", "raise-epoch", "--tenant", "globex", "--yes", *DB, "--json")
    assert done.code == 0 and done.json["tenant"] == "globex" and done.json["epoch"] == 1
    done = run("tenant", "raise-epoch", "--tenant", "initech", "--yes", *DB)
    assert done.code != 0 and "default, acme, globex and marzipan" in done.err


def test_rules_for_scanners_are_for_the_prefixes_of_all_tenants(run, house):
    out = run("scan-rules", "--format", "gitleaks", "--config", "m.toml").out
    assert "acme_ak_" in out and out.count("mz_mc_") == 2 and "mz_ak_" in out
