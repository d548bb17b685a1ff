"""Revocation by possession kills no more than verify would have accepted, and for long enough."""

import json
import secrets

import pytest

from engine import Keyring, Kind, Revocation
from server import secretfile
from server.changing import DAY
from server.signingkeys import SigningKey, State
from storage.base import AuditEvent, Change, NewRevocation

REVOKE = "/v1/tokens:revoke"
LATEST = 2**63 - 1


def kill(api, token):
    return api.call("POST", REVOKE, {"credential": token}, key=None)


def grant_id(api, token):
    answer = api.call("POST", "/v1/tokens:inspect", {"credential": token}, key=None).json()
    return bytes.fromhex(answer["unverified_header"]["grant_id"].replace("-", ""))


@pytest.fixture
def retire(api):
    """Makes a new master current; answers the retired one's keys, as who stole them has them."""

    def retire(end):
        stolen = api.node.tenant.keys
        path = api.settings.secret_file
        contents = json.loads(path.read_text())
        now = api.node.now()
        contents["masters"][0] |= {"retired_at": now, "end": end}
        contents["masters"].append({"id": 2, "secret": secrets.token_bytes(32).hex()})
        path.write_text(json.dumps(contents))
        api.reopen()
        return stolen

    return retire


def test_a_retired_secret_past_its_end_revokes_nothing(api, clock, forge, problem, retire):
    key_id, secret = api.issue()
    stolen = retire(api.node.now() + 100)
    _, fresh = api.issue()
    clock.forward(100)
    victim = bytes.fromhex(key_id.replace("-", ""))
    past = {"issued_at": api.node.now() - 200}
    for token in (
        forge.grant(api, secret, stolen, **past),
        forge.grant(api, secret, stolen, grant_id=victim, **past),
        forge.grant(api, fresh, stolen, grant_id=victim, **past),
    ):
        for presented in (token, api.narrow(token)):
            assert api.code(presented) == "SIGNATURE_INVALID"
            problem(kill(api, presented), 404, "NOT_FOUND")
    assert api.log() == [] and api.code(secret) == api.code(fresh) == "ok"


def test_a_retired_secret_writes_no_key_that_could_revoke_its_namesake(api, forge, problem, retire):
    _, old = api.issue()
    stolen = retire(api.node.now() + 1000)
    _, fresh = api.issue()
    for token in (forge.key(fresh, stolen), forge.key(old, stolen, issued_at=1)):
        assert api.code(token) == "NOT_FOUND"
        for presented in (token, api.narrow(token)):
            problem(kill(api, presented), 404, "NOT_FOUND")
        body = {"credential": token}
        problem(api.call("POST", "/v2alpha1/apiKeys:selfRevoke", body, key=None), 404)
    assert api.log() == [] and api.code(old) == api.code(fresh) == "ok"


def test_a_retired_secret_names_no_moment_after_its_retirement(api, clock, forge, problem, retire):
    _, secret = api.issue()
    stolen = retire(api.node.now() + 1000)
    clock.forward(1)
    problem(kill(api, forge.grant(api, secret, stolen)), 404, "NOT_FOUND")
    token = forge.grant(api, secret, stolen, issued_at=api.node.now() - 1)
    assert kill(api, token).json()["revoked"] == "grant"
    assert len(api.log()) == 1 and api.code(secret) == "ok"


@pytest.mark.parametrize(
    "fields",
    [
        {"key_id": b"Z" * 16},
        {"key_issued_at": 0},
        {"key_issued_at": LATEST},
        {"issued_at": LATEST},
        {"issued_at": 1_800_000_061},
        {"tenant_epoch": 1},
    ],
)
def test_a_grant_that_names_no_key_as_its_row_does_or_is_of_tomorrow_writes_nothing(
    api, forge, problem, fields
):
    _, secret = api.issue()
    for _ in range(2):
        problem(kill(api, forge.grant(api, secret, **fields)), 404, "NOT_FOUND")
    assert api.log() == []


def test_what_expired_so_long_ago_that_no_entry_would_stand_writes_none(api, clock):
    _, secret = api.issue(ttl="120s")
    grant = api.derive(secret, ttl="60s")
    clock.forward(api.settings.max_ttl + DAY - 1)
    assert kill(api, grant).json()["already_revoked"] is False
    clock.forward(1)
    for token in (grant, api.narrow(grant), api.narrow(secret)):
        assert kill(api, token).json()["already_revoked"] is True
    assert len(api.log()) == 1


def test_the_greatest_times_that_a_header_holds_are_no_fault(api, forge):
    _, secret = api.issue()
    token = forge.grant(api, secret, expires_at=LATEST, generation=LATEST)
    assert kill(api, token).json()["revoked"] == "grant"
    [entry] = api.log()
    assert entry.expires_at == LATEST and api.code(token) == "REVOKED"
    api.reopen()
    assert api.code(token) == "REVOKED"


def test_a_standing_entry_that_is_forgotten_early_does_not_shorten_the_owners_revocation(api):
    _, secret = api.issue()
    token = api.derive(secret)
    early = NewRevocation(revocation=Revocation(Kind.GRANT, grant_id(api, token)), expires_at=9)
    event = AuditEvent(action="test", caller="test")
    name = api.node.tenant.name
    change = Change(tenant=name, at_ms=api.node.now_ms(), audit=event, revoke=(early,))
    api.run(api.node.commit(change))
    assert kill(api, token).json()["already_revoked"] is False
    assert kill(api, token).json()["already_revoked"] is True
    api.run(api.node.prune())
    assert api.code(token) == "REVOKED"
    api.reopen()
    assert api.code(token) == "REVOKED"


def test_a_key_that_stands_in_the_log_but_not_in_its_row_is_revoked_without_a_fault(api):
    key_id, secret = api.issue()
    entry = NewRevocation(
        revocation=Revocation(Kind.KEY, bytes.fromhex(key_id.replace("-", ""))),
        expires_at=LATEST,
    )
    event = AuditEvent(action="test", caller="test")
    name = api.node.tenant.name
    change = Change(tenant=name, at_ms=api.node.now_ms(), audit=event, revoke=(entry,))
    api.run(api.node.commit(change))
    records = api.node.tenant.records
    api.run(records.fetch(entry.revocation.target))
    assert kill(api, secret).json()["already_revoked"] is True
    assert api.get(key_id)["status"] == "KEY_STATUS_REVOKED"
    assert records.key(entry.revocation.target) is None, "no entry was written to evict it"


def test_the_daily_limit_counts_under_real_keys_alone(api, forge, problem, monkeypatch):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 3)
    _, secret = api.issue()
    for _ in range(9):
        stranger = forge.grant(api, secret, key_id=secrets.token_bytes(16))
        problem(kill(api, api.narrow(stranger)), 404)
    for _ in range(3):
        assert kill(api, api.narrow(secret)).status_code == 200
    problem(kill(api, api.narrow(secret)), 429, "TOO_MANY_REQUESTS")
    assert len(api.log()) == 3


def test_a_jwt_of_a_signing_key_whose_time_is_over_revokes_nothing(api, clock, problem):
    _, secret = api.issue()
    token = api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT")
    end = api.node.now() + 60

    def retired(keys):
        old = keys[0].moved(State.RETIRED, retired_at=end - 60, end=end)
        return (old, SigningKey.generate(state=State.SIGNING))

    secretfile.change_signing_keys(api.settings.secret_file, retired)
    api.reopen()
    clock.forward(60)
    assert api.code(token) == "SIGNATURE_INVALID"
    problem(kill(api, token), 404, "NOT_FOUND")
    assert api.log() == []
    clock.forward(-1)
    assert kill(api, token).json()["revoked"] == "grant"


def test_a_key_of_a_retired_master_still_revokes_itself(api, clock, retire):
    _, secret = api.issue()
    retire(api.node.now())
    clock.forward(5)
    assert kill(api, api.narrow(secret)).json()["revoked"] == "block"
    assert kill(api, secret).json()["revoked"] == "key"


def test_an_entry_outlives_its_token_by_a_day(api, clock):
    _, secret = api.issue()
    kill(api, api.derive(secret))
    [entry] = api.log()
    assert entry.expires_at == api.node.now() + api.settings.max_ttl + DAY


def test_a_stranger_to_the_house_proves_nothing(api, forge, problem):
    _, secret = api.issue()
    house = secretfile.load(api.settings.secret_file)
    other = Keyring(house.current, house.retired).tenant("elsewhere")
    problem(kill(api, forge.grant(api, secret, other)), 404, "NOT_FOUND")
    assert api.log() == []
