"""Imported keys on every verify route: found, judged as native keys are, and cached."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Keyring, MasterSecret, chain, envelope, header, text
from engine.formats.talos import NIL
from engine.formats.talos.imported import talos_id
from server import secretfile
from storage.base import AuditEvent, Change, KeyKind, StoredKey

IMPORTED = "/v2alpha1/admin/importedApiKeys"
RAW = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
NOW = 1_800_000_000


@pytest.fixture
def reads(monkeypatch):
    """Counts what is read of the tenant's rows, by the method's name."""

    def count(api):
        counted = Counter()

        def counting(name, real):
            async def read(tenant, *args, **named):
                if tenant == api.node.tenant.name:  # not the admin key
                    counted[name] += 1
                return await real(tenant, *args, **named)

            return read

        for name in ("get", "get_by_digest", "list", "standing", "window"):
            real = getattr(api.node.store, name)
            monkeypatch.setattr(api.node.store, name, counting(name, real))
        return counted

    return count


def test_a_good_key_is_told_as_a_native_one_is(api):
    key_id = api.import_key(RAW, scopes=["read"], metadata={"team": "x"})
    told = api.verify(RAW)
    assert told["is_valid"] and told["key_id"] == key_id
    assert (told["actor_id"], told["scopes"]) == ("owner", ["read"])
    assert (told["metadata"], told["visibility"]) == ({"team": "x"}, "KEY_VISIBILITY_SECRET")
    assert (told["token_type"], told["status"]) == ("key", "KEY_STATUS_ACTIVE")
    assert told["issuer"] == api.node.settings.issuer and told["grant_id"] == ""


def test_every_verify_route_takes_it(api):
    api.import_key(RAW, scopes=["read"])
    body = {"requests": [{"credential": each} for each in (RAW, RAW[:-1], "")]}
    answer = api.call("POST", "/v2alpha1/admin/apiKeys:batchVerify", body).json()
    codes = [each.get("error_code", "ok")[-9:] for each in answer["results"]]
    assert codes == ["ok", "NOT_FOUND", "ID_FORMAT"]
    for query, status in (("?scope=read", 200), ("?scope=admin", 403)):
        assert api.call("GET", "/v1/verify" + query, key=RAW).status_code == status
    assert api.call("GET", "/v1/verify", key=RAW[:-1]).status_code == 401
    context = {"credential": RAW, "context": {"scopes": ["admin"]}}
    told = api.call("POST", "/v1/tokens:explain", context).json()
    assert [(s["check"], s["allows"]) for s in told["steps"]] == [
        *(("lookup", True), ("standing", True), ("terms", False))
    ]


def test_the_codes_are_the_compatible_ones(api, clock):
    networks = {"ip_restriction": {"allowed_cidrs": ["10.0.0.0/8"]}}
    api.import_key("inside", **networks)
    assert api.code("inside") == "IP_NOT_ALLOWED"
    assert api.code("inside", context={"client_ip": "10.1.2.3"}) == "ok"
    api.import_key("raw", ttl="1h")
    assert api.code("raw", expected_audiences=["a"]) == "AUDIENCE_MISMATCH"
    assert api.code("raw", context={"scopes": ["a"]}) == "SIGNATURE_INVALID"
    clock.forward(3600)
    assert api.code("raw") == "EXPIRED"


def test_it_is_never_an_admin_key(api):
    api.import_key(RAW, scopes=["*"])
    assert api.code(RAW, context={"scopes": ["anything"]}) == "ok"
    assert api.call("GET", IMPORTED, key=RAW).status_code == 401
    api.node.system.ids.imported()
    assert api.call("GET", IMPORTED, key=RAW).status_code == 401


def test_what_it_derives_is_a_native_grant_of_its_terms(api, problem):
    networks = {"ip_restriction": {"allowed_cidrs": ["127.0.0.0/8"]}}
    key_id = api.import_key(RAW, scopes=["read", "write"], metadata={"team": "x"}, **networks)
    for algorithm in ("MACAROON", "JWT"):
        fields = {"algorithm": f"TOKEN_ALGORITHM_{algorithm}", "scopes": ["read"]}
        told = api.verify(api.derive(RAW, **fields))
        assert (told["key_id"], told["scopes"], told["token_type"]) == (key_id, ["read"], "grant")
        assert (told["metadata"], told["actor_id"]) == ({"team": "x"}, "owner")
    derive = "/v2alpha1/admin/apiKeys:derive"
    problem(api.call("POST", derive, {"credential": RAW, "scopes": ["x"]}), 403)
    problem(api.call("POST", derive, {"credential": "stranger"}), 401, "SIGNATURE_INVALID")
    api.call("POST", f"{IMPORTED}/{key_id}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    problem(api.call("POST", derive, {"credential": RAW}), 403, "FORBIDDEN")


def test_what_is_cached_is_read_no_more_and_a_stranger_costs_one_read_at_most(api, reads):
    counted = reads(api)
    assert [api.code("stranger") for _ in range(3)] == ["NOT_FOUND"] * 3
    assert not counted  # the tenant has no imported keys at all
    api.import_key(RAW)
    counted.clear()
    assert [api.code("stranger") for _ in range(3)] == ["NOT_FOUND"] * 3
    assert counted == {"get_by_digest": 1}
    counted.clear()
    assert [api.code(RAW) for _ in range(3)] == ["ok"] * 3
    assert counted == {"get_by_digest": 1, "get": 1}
    api.reopen()
    counted = reads(api)
    assert api.code("stranger") == "NOT_FOUND" and counted == {"get_by_digest": 1}


def test_strangers_cost_one_read_however_many_masters_there_were(api, reads, rotate_master):
    api.import_key(RAW)
    for _ in range(3):
        rotate_master(api)
    counted = reads(api)
    assert api.code("stranger") == "NOT_FOUND" and counted == {"get_by_digest": 1}


def test_native_keys_and_jwts_are_never_looked_up_by_digest(api, reads, forge):
    api.import_key(RAW)
    _, secret = api.issue()
    counted = reads(api)
    jwt = api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT")
    for credential in (secret, api.derive(secret), jwt, forge.tail(secret), "mz_ak_x", "eyJh.a.b"):
        api.code(credential)
    assert "get_by_digest" not in counted


def test_keys_of_retired_masters_verify_revoke_and_derive_on(api, rotate_master):
    old = api.import_key("old")
    rotate_master(api)
    new = api.import_key("new")
    rotate_master(api)
    assert [api.verify(raw)["key_id"] for raw in ("old", "new")] == [old, new]
    grant = api.derive("old")
    api.call("POST", f"{IMPORTED}/{old}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    assert [api.code(each) for each in ("old", grant, "new")] == ["REVOKED", "REVOKED", "ok"]


def test_raising_the_tenants_epoch_ends_what_was_derived_and_no_imported_key(api):
    api.import_key(RAW)
    grant = api.derive(RAW)
    event = AuditEvent(action="tenant.raise-epoch", caller="test")
    api.run(api.node.commit(Change(tenant="default", at_ms=NOW * 1000, audit=event, raise_epoch=0)))
    api.reopen()
    assert (api.code(RAW), api.code(grant)) == ("ok", "SIGNATURE_INVALID")
    assert api.code(api.derive(RAW)) == "ok"


def test_two_tenants_with_the_same_raw_key_do_not_see_each_other(api):
    first = api.import_key(RAW, scopes=["a"])
    api.reopen(tenant="other")
    assert api.code(RAW) == "NOT_FOUND"
    second = api.import_key(RAW, scopes=["b"])
    assert (api.verify(RAW)["key_id"], api.verify(RAW)["scopes"]) == (second, ["b"])
    assert api.call("GET", f"{IMPORTED}/{first}").status_code == 404
    api.call("DELETE", f"{IMPORTED}/{second}")
    api.reopen(tenant="default")
    assert api.verify(RAW)["key_id"] == first


def test_a_leaked_master_mints_nothing_that_an_imported_keys_row_answers(api, problem):
    key_id = bytes.fromhex(api.import_key(RAW).replace("-", ""))
    row = api.run(api.node.store.get("default", key_id))
    leaked = secretfile.load(api.settings.secret_file).current
    assert isinstance(leaked, MasterSecret) and row.master_id == leaked.id
    forged = _mint(Keyring(leaked).tenant("default"), key_id, row.issued_at)
    assert api.code(forged) == "NOT_FOUND"
    for path in ("/v1/tokens:revoke", "/v2alpha1/apiKeys:selfRevoke"):
        problem(api.call("POST", path, {"credential": forged}, key=None), 404)
    problem(api.call("POST", "/v2alpha1/admin/apiKeys:derive", {"credential": forged}), 401)
    assert api.code(RAW) == "ok" and api.log() == []


def _mint(keys, key_id, now):
    head = header.encode(header.KeyHeader(keys.current_id, keys.epoch, key_id, now))
    tail = chain.start(keys.root(keys.current_id).secret, head)
    return text.encode("mz_ak", envelope.join(head, [], tail))


def test_a_raw_key_that_was_never_imported_never_verifies(api):
    known = {RAW, "x", "é", "eyJ"}
    for raw in known:
        api.import_key(raw)
    kept = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    near = st.sampled_from(sorted(known)).flatmap(
        lambda raw: st.tuples(st.text(max_size=2), st.just(raw), st.text(max_size=2)).map("".join)
    )

    @kept
    @given(st.text(max_size=40) | near)
    def attempt(raw):
        answer = api.call(
            "POST", "/v2alpha1/admin/apiKeys:verify", json.dumps({"credential": raw}).encode()
        )
        if raw in known:
            assert answer.json()["is_valid"]
        else:
            assert answer.status_code == 400 or not answer.json()["is_valid"]

    attempt()


@pytest.fixture
def with_talos(open_api, tmp_path, old_talos):
    """A node that takes what an old installation issued, with one imported key taken over."""
    path = tmp_path / "talos.secret"
    path.write_text(f"{old_talos.secret}\n")
    path.chmod(0o600)
    api = open_api(**{"talos.hmac_secret_file": str(path), "talos.issuers": [old_talos.issuer]})
    key = StoredKey(
        tenant="default",
        key_id=b"T" * 16,
        kind=KeyKind.IMPORTED,
        master_id=1,
        issued_at=NOW,
        expires_at=NOW + 86_400,
        created_ms=NOW * 1000,
        updated_ms=NOW * 1000,
        actor="owner",
        digest=api.node.tenant.index.talos_digest(talos_id(NIL, "sk_test_1234567890")),
    )
    event = AuditEvent(action="key.import", caller="test")
    assert api.code("sk_test_1234567890") == "NOT_FOUND"
    api.run(api.node.commit(Change(tenant="default", at_ms=NOW * 1000, audit=event, insert=(key,))))
    return api


def test_a_row_taken_over_by_its_hash_alone_verifies_and_is_not_imported_twice(
    with_talos, problem, rotate_master, reads
):
    api, raw = with_talos, "sk_test_1234567890"
    assert api.code(raw) == "ok" and api.verify(raw)["key_id"].startswith("54545454-")
    body = {"raw_key": raw, "name": "n", "actor_id": "a"}
    problem(api.call("POST", IMPORTED, body), 409, "API_KEY_EXISTS")
    assert api.code(talos_id(NIL, raw)) == "NOT_FOUND"  # the id itself opens nothing
    rotate_master(api)
    counted = reads(api)
    assert api.code(raw) == "ok" and counted == {"get_by_digest": 1, "get": 1}
    assert api.code(api.derive(raw)) == "ok"


def test_what_routes_to_the_old_installation_is_no_imported_key(with_talos, old_talos, problem):
    api = with_talos

    def importing(raw):
        return api.call("POST", IMPORTED, {"raw_key": raw, "name": "n", "actor_id": "a"})

    problem(importing(old_talos.key()), 409, "CONFLICT")
    problem(importing(old_talos.macaroon()), 409, "FAILED_PRECONDITION")
    problem(importing("mc_v1_anything"), 409, "FAILED_PRECONDITION")
    # What only looks like an issued key names none: it is a key of yet another system.
    lookalike = "acme_v1_" + "2" * 24 + "_" + "3" * 12
    assert importing(lookalike).status_code == 201
    assert api.code(lookalike) == "ok"
    assert api.code(old_talos.key()) == "NOT_FOUND"
