"""Guarantee: what an old installation issued verifies here after its database was taken over.

The database and all credentials are made by other code than is tested; the command and the server
run as an operator runs them.
"""

import time
from typing import Any
from uuid import uuid4

import pytest


def at() -> int:
    """A second not long ago: the server goes by the real clock."""
    return int(time.time()) - 900


@pytest.fixture
def moved(marzipan, old, old_talos) -> Any:
    """Makes an issued key with its row, and says its text."""

    def make(second: int = 0, text: dict[str, Any] | None = None, **columns: Any) -> str:
        key_id, second = str(uuid4()), second or at()
        old.issued(key_id, second, **columns)
        return str(old_talos.key(**({"key_id": key_id, "issued_at": second} | (text or {}))))

    return make


def macaroon(old_talos: Any, key_id: str, *appended: Any, **claims: Any) -> str:
    now = at()
    times = {"iat": now, "nbf": now, "exp": now + 3_600}
    first = old_talos.claims(sub=key_id, jti=str(uuid4()), **(times | claims))
    return str(
        old_talos.macaroon(*appended, first=first, identifier=f'{{"jti": "{first["jti"]}"}}')
    )


def test_issued_keys_of_every_kind_say_what_they_said_before(marzipan, old, old_talos, moved):
    plain = moved(name="one", actor_id="ann", scopes=["read", "write"], metadata={"team": "x"})
    bare = moved(scopes=[], metadata={}, allowed_cidrs=[], status=0, visibility=0)
    retired = moved(text={"secret": "r" * 32}, scopes=["read"])
    public = moved(text={"prefix": "acme_pk"}, token_prefix="acme_pk", visibility=2)
    limited = moved(rate_limit_quota=7, rate_limit_window=60)
    half = moved(rate_limit_quota=7)
    local = moved(allowed_cidrs=["10.1.2.3/8", "2001:db8::1/32"])
    expired = moved(expires_at="2020-01-01 00:00:00")
    marked = moved(status=3)
    revoked = moved(status=2, revocation_reason=1)
    told = marzipan.take()
    assert told["issued"]["taken"] == 10 and told["issued"]["revoked"] == 1
    assert 'prefixes = ["acme_pk", "ory_ak"]' in told["configuration"]
    marzipan.serve()

    said = marzipan.verify(plain)
    assert said["is_valid"] and (said["actor_id"], said["scopes"]) == ("ann", ["read", "write"])
    assert said["metadata"] == {"team": "x"}
    assert [marzipan.code(each) for each in (bare, retired, public, limited, half)] == ["ok"] * 5
    assert marzipan.verify(bare)["metadata"] is None
    assert marzipan.verify(public)["visibility"] == "KEY_VISIBILITY_PUBLIC"
    policy = {"quota": "7", "unit": "requests", "window": "60s"}
    assert marzipan.verify(limited)["rate_limit_policy"] == policy
    assert marzipan.verify(half)["rate_limit_policy"] is None
    assert marzipan.code(local, client_ip="10.200.0.1") == "ok"
    assert marzipan.code(local, client_ip="2001:db8:1::1") == "ok"
    assert marzipan.code(local, client_ip="11.0.0.1") == "IP_NOT_ALLOWED"
    assert [marzipan.code(each) for each in (expired, marked)] == ["EXPIRED"] * 2
    assert marzipan.code(revoked) == "REVOKED"


def test_the_facts_of_a_row_are_those_that_are_listed(marzipan, old, old_talos):
    day = (at() // 86_400) * 86_400
    id_ = str(uuid4())
    columns = {"name": "n", "last_used_at": "2026-01-02 00:00:00+00:00", "status": 2}
    columns |= {"revocation_reason": 4, "revocation_reason_text": "he left"}
    old.issued(id_, day, created_at=day, updated_at="2026-11-01T02:00:00.5+02:00", **columns)
    marzipan.take()
    marzipan.serve()
    said = marzipan.call("GET", f"/v2alpha1/admin/issuedApiKeys/{id_}").json()
    assert said["create_time"].startswith(time.strftime("%Y-%m-%dT00:00:00", time.gmtime(day)))
    assert said["update_time"] == "2026-11-01T00:00:00.500Z"
    assert said["last_used_time"].startswith("2026-01-02T00:00:00")
    assert said["revocation_reason"] == "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"
    assert (said["name"], said["revocation_description"]) == ("n", "he left")


def test_a_row_written_a_moment_after_its_key_was_made_is_still_its_row(moved, marzipan):
    second = at()
    drifts = (-60, -1, 0, 1, 20, 60)
    keys = [moved(second + drift, text={"issued_at": second}) for drift in drifts]
    strayed = moved(second + 61, text={"issued_at": second})
    marzipan.take()
    marzipan.serve()
    assert [marzipan.code(each) for each in keys] == ["ok"] * len(drifts)
    assert marzipan.code(strayed) == "NOT_FOUND"


def test_imported_keys_verify_by_their_raw_text_and_their_old_ids_open_nothing(marzipan, old):
    old.imported("sk_live_1", at(), name="legacy", actor_id="ann", scopes=["read"])
    old.imported("sk_live_2", at(), status=2)
    hash_ = old.db.execute("SELECT key_id FROM imported_api_keys WHERE name > ''").fetchone()[0]
    told = marzipan.take("--map", str(marzipan.folder / "ids"))
    assert told["imported"]["taken"] == 2
    [first, second] = (marzipan.folder / "ids").read_text().splitlines()
    assert '"row":1,"name":"legacy","actor_id":"ann"' in first and '"row":2' in second
    assert (marzipan.folder / "ids").stat().st_mode & 0o777 == 0o600
    marzipan.serve()
    said = marzipan.verify("sk_live_1")
    assert said["is_valid"] and said["actor_id"] == "ann" and said["key_id"] in first
    assert marzipan.code("sk_live_2") == "REVOKED"
    assert marzipan.code(hash_) == marzipan.code("sk_live_3") == "NOT_FOUND"


def test_the_old_id_of_an_imported_key_is_nowhere_in_the_database_or_what_is_said(marzipan, old):
    old.imported("guess me", at(), name="legacy")
    old.imported("no good", at(), name="x" * 300)
    ids = [row[0] for row in old.db.execute("SELECT key_id FROM imported_api_keys")]
    done = marzipan.run(*marzipan.words())
    assert done.returncode == 1 and "row 2 of imported_api_keys" in done.stderr
    files = [each.read_bytes() for each in marzipan.folder.glob("marzipan.*")]
    for id_ in ids:
        assert id_ not in done.stdout + done.stderr
        assert not any(id_.encode() in each or bytes.fromhex(id_) in each for each in files)


def test_macaroons_of_a_key_live_and_die_with_it(marzipan, old, old_talos):
    live, dead = str(uuid4()), str(uuid4())
    old.issued(live, at(), scopes=["read", "write"])
    old.issued(dead, at(), status=2, revocation_reason=1)
    marzipan.take()
    marzipan.serve()
    whole = macaroon(old_talos, live)
    narrowed = old_talos.append(whole, {"iss": old_talos.issuer, "scp": ["read"]})
    assert marzipan.verify(whole)["scopes"] == ["read", "write"]
    assert marzipan.verify(narrowed)["scopes"] == ["read"]
    assert marzipan.code(macaroon(old_talos, dead)) == "REVOKED"
    assert marzipan.code(old_talos.append(whole, {"tool": "x"})) == "SIGNATURE_INVALID"
    body = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    marzipan.call("POST", f"/v2alpha1/admin/issuedApiKeys/{live}:revoke", body)
    assert marzipan.code(whole) == marzipan.code(narrowed) == "REVOKED"


def test_whoever_holds_a_key_whose_row_is_a_moment_younger_can_revoke_it(marzipan, moved):
    second = at()
    key = moved(second + 1, text={"issued_at": second})
    marzipan.take()
    marzipan.serve()
    assert marzipan.call("POST", "/v1/tokens:revoke", {"credential": key}).status_code == 200
    assert marzipan.code(key) == "REVOKED"


def test_a_request_id_makes_no_second_key(marzipan, old):
    id_, request_id = str(uuid4()), str(uuid4())
    old.issued(id_, at(), request_id=request_id)
    marzipan.take()
    marzipan.serve()
    body = {"name": "again", "request_id": request_id}
    said = marzipan.call("POST", "/v2alpha1/admin/issuedApiKeys", body)
    assert said.status_code == 201, said.text
    assert said.json()["issued_api_key"]["key_id"] == id_ and not said.json()["secret"]


def test_a_request_id_that_two_keys_had_costs_neither_of_them(marzipan, old, moved):
    key = moved(request_id="same")
    old.imported("raw", at(), request_id="same")
    told = marzipan.take()
    assert told["imported"] | {"request_ids_lost": 1, "taken": 1} == told["imported"]
    marzipan.serve()
    assert marzipan.code(key) == marzipan.code("raw") == "ok"
