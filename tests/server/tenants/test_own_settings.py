"""What a tenant has of its own holds for it alone: limits, prefixes, issuer, epoch, throttles."""

import logging

import pytest

from server import epochs
from server.gcra import Gcra, Rate
from server.logs import JsonLines
from tests.server.api.conftest import APIKEYS, ISSUED
from tests.server.routes.every import send
from tests.server.routes.paths import REVOKE
from tests.server.tenants.conftest import At

OWN = """
issuer = "https://keys.example"
max_ttl = "100d"
[tenants.acme]
path = "/t/acme"
max_ttl = "50d"
default_ttl = "5d"
derived_default_ttl = "5m"
clock_skew = "0s"
prefixes.key = "acme_ak"
prefixes.macaroon = "acme_mc"
[tenants.globex]
path = "/t/globex"
issuer = "https://globex.example"
retired_issuers = ["https://old.globex.example"]
"""


@pytest.fixture
def api(open_api, config):
    return open_api(config=config(OWN))


def test_lives_are_the_tenants_own_or_the_servers(api, acme, globex, problem):
    now = api.node.now()
    for at, days, most in ((acme, 5, 50), (globex, 30, 100)):
        key_id, secret = at.issue()
        row = api.run(api.node.store.get(at.name, bytes.fromhex(key_id.replace("-", ""))))
        assert row.expires_at - now == days * 86_400
        told = at.call("POST", ISSUED, {"name": "x", "ttl": f"{(most + 1) * 86_400}s"})
        assert problem(told, 400)["metadata"]["field"] == "ttl"
        assert at.call("POST", ISSUED, {"name": "x", "ttl": f"{most * 86_400}s"}).status_code == 201
        token = at.call("POST", f"{APIKEYS}:derive", {"credential": secret}).json()["token"]
        assert at.code(token["token"]) == "ok"
        api.clock.forward(301)
        assert at.code(token["token"]) == ("EXPIRED" if at is acme else "ok") or at is acme
        api.clock.forward(-301)


def test_prefixes_are_the_tenants_own_or_the_servers(acme, globex):
    (_, ours), (_, theirs) = acme.issue(), globex.issue()
    assert ours.startswith("acme_ak_") and theirs.startswith("mz_ak_")
    assert acme.derive(ours).startswith("acme_mc_") and globex.derive(theirs).startswith("mz_mc_")
    assert acme.code(ours) == globex.code(theirs) == "ok"
    assert acme.code(theirs) == globex.code(ours) == "NOT_FOUND"


def test_issuers_and_metadata_are_the_tenants_own(api, acme, globex):
    issuers = {"acme": "https://keys.example/t/acme", "globex": "https://globex.example"}
    for at in (acme, globex):
        _, secret = at.issue()
        jwt = at.derive(secret, "JWT")
        told = at.call("POST", "/v1/tokens:inspect", {"credential": jwt}).json()
        assert issuers[at.name] in str(told)
        verified = at.call("POST", f"{APIKEYS}:verify", {"credential": secret}).json()
        assert verified["issuer"] == issuers[at.name]
        metadata = at.call("GET", "/.well-known/oauth-authorization-server", key=None).json()
        assert metadata["issuer"] == issuers[at.name]
        assert metadata["token_endpoint"] == f"{issuers[at.name]}/v1/oauth2/token"
        assert metadata["jwks_uri"] == f"{issuers[at.name]}/.well-known/jwks.json"


def test_raising_the_epoch_of_one_tenant_leaves_the_other_alive(api, acme, globex):
    (_, ours), (_, theirs) = acme.issue(), globex.issue()
    jwts = acme.derive(ours, "JWT"), globex.derive(theirs, "JWT")
    api.close()
    assert api.run(epochs.raise_epoch(api.settings, "acme", api.clock)).epoch == 1
    api.open()
    assert acme.code(ours) == "NOT_FOUND" and acme.code(jwts[0]) == "SIGNATURE_INVALID"
    assert globex.code(theirs) == globex.code(jwts[1]) == "ok"
    assert acme.code(acme.issue()[1]) == "ok"


def test_who_is_throttled_by_one_tenant_is_not_by_the_other(acme, globex):
    for at in (acme, globex):
        at.tenant.possession = Gcra(Rate(quota=2, window=60_000))
    body = {"credential": "junk"}
    codes = [acme.call("POST", REVOKE, body, key=None).status_code for _ in range(3)]
    assert codes == [404, 404, 429]
    assert globex.call("POST", REVOKE, body, key=None).status_code == 404


def test_rate_limits_are_counted_and_set_for_each_tenant(open_api, config):
    text = OWN.replace("[tenants.globex]", 'limits.tenant = "2/60s"\n[tenants.globex]')
    api = open_api(config=config(text + 'limits.actor = "3/60s"\n'))
    acme, globex = At(api, "acme"), At(api, "globex")
    for at, quota in ((acme, 2), (globex, 3)):
        _, secret = at.issue(actor_id="one actor")
        told = [at.code(secret) for _ in range(quota + 1)]
        assert told == ["ok"] * quota + ["RATE_LIMITED"], at.name


def test_what_is_accepted_without_news_of_the_database_is_each_tenants_own_policy(open_api, config):
    text = OWN.replace("[tenants.globex]", 'stale_policy = "open"\n[tenants.globex]')
    api = open_api(config=config(text))
    acme, globex = At(api, "acme"), At(api, "globex")
    secrets = {at: at.issue()[1] for at in (acme, globex)}
    assert all(at.code(secret) == "ok" for at, secret in secrets.items())
    api.node.freshness.lose()
    gate = {at.name: at.call("GET", "/v1/verify", key=secret) for at, secret in secrets.items()}
    assert gate["acme"].status_code == 200 and gate["acme"].headers["marzipan-stale"] == "true"
    assert gate["globex"].status_code == 503


def test_each_request_is_logged_with_its_tenant(api, acme, globex, caplog):
    caplog.set_level(logging.INFO, "marzipan.http")
    for at in (acme, globex):
        assert at.call("GET", ISSUED).status_code == 200
    assert acme.call("GET", "/nowhere").status_code == 404
    assert api.call("GET", "/nowhere").status_code == 404
    lines = [JsonLines().format(r) for r in caplog.records if r.name == "marzipan.http"]
    told = [line.partition('"tenant": "')[2].partition('"')[0] for line in lines]
    assert told == ["acme", "globex", "acme", ""]


def test_the_audit_has_a_change_under_its_tenant(api, acme, globex):
    key_id, _ = acme.issue()
    named = key_id.replace("-", "")
    assert [row.target for row in api.run(api.node.store.audit("acme", limit=9))] == [named]
    assert api.run(api.node.store.audit("globex", limit=9)) == []


def test_a_tenant_without_a_table_is_served_by_nobody_and_the_log_says_so(
    open_api, config, caplog, tmp_path
):
    api = open_api("one")
    _, secret = api.issue()
    assert api.code(secret) == "ok"
    api.reopen(config=config(OWN))
    assert "keys of tenant default, and no table" in caplog.text
    assert send(api, "GET", ISSUED).status == 404
    api.reopen(config=config(OWN + '[tenants.default]\nhosts = ["*"]\n'))
    assert api.code(secret) == "ok" and At(api, "acme").code(secret) == "NOT_FOUND"


def test_the_keys_in_memory_are_bounded_for_all_tenants_together(api, monkeypatch):
    monkeypatch.setattr("server.node.KEPT", 8)
    monkeypatch.setattr("server.node._LEAST_KEPT", 1)
    api.reopen()
    for at in (At(api, "acme"), At(api, "globex")):
        secrets = [at.issue()[1] for _ in range(6)]
        assert {at.code(secret) for secret in secrets} == {"ok"}
        assert len(at.tenant.records) == 4
