"""POST /v2alpha1/admin/importedApiKeys, 201: a key of which only a hash is known."""

import base64
import hashlib
import uuid

import pytest

from engine.formats.imported.hashes import LENGTHS
from tests.server.hashed.hashes import ALL, FAST, LOOKUP, RAW, SLOW, add, hashed, post
from tests.server.routes.paths import IMPORTED


def row(api, key_id):
    return api.run(api.node.store.get("default", uuid.UUID(key_id).bytes))


@pytest.mark.parametrize("algorithm", ALL)
def test_a_hash_of_every_algorithm_becomes_the_key_at_its_first_use(peppered, algorithm):
    api = peppered
    key_id = add(api, algorithm, scopes=["read"])
    assert row(api, key_id).hash_kind is not None
    assert [api.code(wrong) for wrong in (RAW + "x", RAW[:-1], LOOKUP)] == ["NOT_FOUND"] * 3
    told = api.verify(RAW)
    assert told["is_valid"] and (told["key_id"], told["scopes"]) == (key_id, ["read"])
    after = row(api, key_id)
    assert after.digest == api.node.tenant.index.digest(RAW)
    assert (after.hash_kind, after.hash_sealed, after.revision) == (None, None, 1)
    api.reopen()
    assert api.node.tenant.index.hashes.kinds == frozenset()
    assert api.code(RAW) == "ok" and api.code(RAW + "x") == "NOT_FOUND"


@pytest.mark.parametrize("algorithm", ALL)
def test_a_hash_that_waits_survives_a_restart(peppered, algorithm):
    key_id = add(peppered, algorithm)
    peppered.reopen()
    assert peppered.verify(RAW)["key_id"] == key_id


@pytest.mark.parametrize("algorithm", FAST)
def test_a_fast_hash_is_read_in_every_usual_spelling(peppered, algorithm):
    for n, spell in enumerate(
        (
            bytes.hex,
            lambda data: data.hex().upper(),
            lambda data: base64.b64encode(data).decode(),
            lambda data: base64.urlsafe_b64encode(data).decode(),
            lambda data: base64.b64encode(data).decode().rstrip("="),
            lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
        )
    ):
        raw = f"{RAW}{n}"
        spelled = hashed(algorithm, raw, value=spell(FAST[algorithm](raw)))
        assert post(peppered, spelled).status_code == 201
        assert peppered.code(raw) == "ok"


def test_the_answer_shows_neither_the_hash_nor_the_lookup(api):
    given = hashed("bcrypt")
    answer = post(api, given)
    key = answer.json()
    assert given["value"] not in answer.text and LOOKUP not in answer.text
    assert answer.headers["location"] == f"{IMPORTED}/{key['key_id']}"
    shown = api.call("GET", answer.headers["location"])
    assert shown.json() == key


def test_names_may_be_in_camel_case_and_null_is_as_good_as_absent(api):
    given = {name: value for name, value in hashed("bcrypt").items()} | {"pepper": None}
    sent = {"keyHash": given, "rawKey": None, "name": "n", "actorId": "a"}
    assert api.call("POST", IMPORTED, sent).status_code == 201
    assert api.code(RAW) == "ok"


def test_a_lookup_may_be_any_text_that_a_raw_key_begins_with(api):
    for raw in ("größe.secret", "名前のキ.secret", "a b c d.secret", f"{'x' * 64}.secret"):
        add(api, "bcrypt", raw)
        assert api.code(raw) == "ok" and api.code(raw + "x") == "NOT_FOUND"


def test_a_raw_key_that_is_its_hash_is_none(peppered):
    """What a database leaks is no key: neither as text nor as bytes, before use and after."""
    for algorithm in ALL:
        raw = f"{algorithm}_k.secret"
        given = hashed(algorithm, raw)
        assert post(peppered, given).status_code == 201
        for _ in range(2):
            assert peppered.code(given["value"]) == "NOT_FOUND"
            if algorithm in FAST and b"\0" not in (made := FAST[algorithm](raw)):
                assert peppered.code(made.decode("latin-1")) == "NOT_FOUND"
            assert peppered.code(raw) == "ok"


def test_the_first_use_leaves_one_audit_row_and_a_wrong_guess_none(api):
    key_id = add(api)
    for raw in (RAW + "x", RAW, RAW, RAW + "y"):
        api.code(raw)
    rows = api.run(api.node.store.audit("default", limit=10))
    assert [(r.action, r.caller) for r in rows] == [
        ("key.rehash", "first use"),
        ("key.import", api.initialised.admin_key_id.hex()),
    ]
    assert {r.target for r in rows} == {key_id.replace("-", "")}
    assert {r.detail for r in rows} == {b"{}"}


def test_it_is_the_same_key_to_whoever_asks_again_with_its_request_id(api):
    given = hashed("bcrypt")
    first = post(api, given, request_id="r-1")
    for _ in range(2):
        again = post(api, given, request_id="r-1")
        assert (again.status_code, again.json()["key_id"]) == (201, first.json()["key_id"])
        assert api.code(RAW) == "ok"


def test_a_key_that_was_deleted_is_imported_again_whether_it_was_used_or_not(api):
    for used in (False, True):
        for algorithm in ("sha256", "bcrypt"):
            key_id = add(api, algorithm)
            assert not used or api.code(RAW) == "ok"
            api.call("DELETE", f"{IMPORTED}/{key_id}")
            assert api.code(RAW) == "NOT_FOUND"
            again = add(api, algorithm)
            assert api.verify(RAW)["key_id"] == again != key_id
            api.call("DELETE", f"{IMPORTED}/{again}")


@pytest.mark.parametrize("algorithm", ["sha256", *SLOW])
def test_under_a_retired_master_it_is_found_and_rehashed_under_the_current_one(
    api, rotate_master, algorithm
):
    key_id = add(api, algorithm)
    rotate_master(api)
    assert row(api, key_id).master_id == 1
    assert api.code(RAW) == "ok"
    after = row(api, key_id)
    assert after.master_id == 2 and after.digest == api.node.tenant.index.digest(RAW)


def test_lengths_of_which_every_key_was_used_make_room_for_others(api):
    raws = ["k" + str(n) * (n + 3) + ".secret" for n in range(LENGTHS)]
    for raw in raws:
        add(api, "bcrypt", raw)
    assert post(api, hashed("bcrypt", "z" * 30 + ".secret")).status_code == 409
    assert api.code(raws[0]) == "ok"
    add(api, "bcrypt", "z" * 30 + ".secret")
    assert [api.code(raw) for raw in raws] == ["ok"] * LENGTHS
    assert api.code("z" * 30 + ".secret") == "ok"


def test_a_key_may_be_changed_and_revoked_before_its_first_use(api):
    key_id = add(api, ttl="1h")
    api.call("PATCH", f"{IMPORTED}/{key_id}?update_mask=scopes", {"scopes": ["a"]})
    assert api.verify(RAW)["scopes"] == ["a"]
    other = add(api, "bcrypt", "other.secret")
    reason = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    api.call("POST", f"{IMPORTED}/{other}:revoke", reason)
    assert api.code("other.secret") == "REVOKED" and api.code("other.guess") == "NOT_FOUND"


def test_another_tenants_administrators_hash_is_not_taken_as_an_admin_key(api):
    add(api, "sha256", "raw", scopes=["*"])
    api.node.system.ids.imported()
    assert api.call("GET", IMPORTED, key="raw").status_code == 401


def test_the_database_holds_neither_the_raw_key_nor_any_hash_of_it(peppered, tmp_path):
    values = []
    for algorithm in ALL:
        given = hashed(algorithm, f"{algorithm}_k.secret-canary")
        assert post(peppered, given).status_code == 201
        values.append(given["value"].encode())
        values += [given.get("lookup", "no lookup").encode(), given["value"].encode()[-20:]]
        if algorithm in FAST:
            values.append(bytes.fromhex(given["value"]))
    peppered.code("bcrypt_k.secret-canary")
    for _ in range(2):
        files = [f.read_bytes() for f in (tmp_path / "peppered").glob("*.db*") if f.is_file()]
        whole = b"".join(files)
        assert len(whole) > 50_000 and b"secret-canary" not in whole
        assert [value for value in values if value in whole] == []
        assert hashlib.sha256(b"bcrypt_k.secret-canary").digest() not in whole
        peppered.reopen()
