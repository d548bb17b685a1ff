"""POST /v2alpha1/admin/importedApiKeys, 409: a hash that is there, or would never be looked up."""

import pytest

from engine.formats.imported.hashes import LENGTHS
from tests.server.hashed.hashes import ALL, FAST, LOOKUP, RAW, add, body, hashed, post
from tests.server.routes.paths import IMPORTED


@pytest.mark.parametrize("algorithm", ALL)
def test_409_for_a_hash_that_is_there_used_or_not_and_after_a_rotation(
    peppered, problem, rotate_master, algorithm
):
    """So a file of hashes can be imported again, and makes no second key of one that was used."""
    given = hashed(algorithm)
    assert post(peppered, given).status_code == 201
    problem(post(peppered, given), 409, "API_KEY_EXISTS")
    assert peppered.code(RAW) == "ok"
    problem(post(peppered, given), 409, "API_KEY_EXISTS")
    rotate_master(peppered)
    problem(post(peppered, given), 409, "API_KEY_EXISTS")


@pytest.mark.parametrize("algorithm", ALL)
def test_409_for_a_raw_key_whose_hash_is_there(peppered, problem, algorithm):
    add(peppered, algorithm)
    raw = {"raw_key": RAW, "name": "n", "actor_id": "a"}
    problem(peppered.call("POST", IMPORTED, raw), 409, "API_KEY_EXISTS")


def test_409_for_a_lookup_that_is_taken_or_begins_with_one_that_is(api, problem):
    add(api)
    for lookup, more in ((LOOKUP, "other"), (LOOKUP + "yjW", "")):
        given = hashed("argon2", lookup + more + ".x", lookup=lookup)
        problem(post(api, given), 409, "API_KEY_EXISTS")
    add(api, "bcrypt", LOOKUP[:-1] + "?.other")


def test_a_raw_key_that_begins_with_anothers_lookup_is_told_so_with_that_keys_id(api, problem):
    key_id = add(api)
    for _ in range(2):
        raw = {"raw_key": LOOKUP + ".rawimport", "name": "n", "actor_id": "a"}
        error = problem(api.call("POST", IMPORTED, raw), 409, "API_KEY_EXISTS")
        assert f"raw_key begins with the lookup of key {key_id}" in error["message"]
        assert error["metadata"] == {"key_id": key_id, "field": "raw_key"}
        assert api.code(RAW) == "ok"
    same = problem(api.call("POST", IMPORTED, raw | {"raw_key": RAW}), 409, "API_KEY_EXISTS")
    assert same["message"] == f"This raw key is imported already, as key {key_id}."


def test_a_lookup_that_is_taken_is_told_from_one_that_begins_with_it(api, problem):
    key_id = add(api)
    for more, told in (("", "A hash with this lookup is imported already"), ("x", "begins with")):
        lookup = LOOKUP + more
        error = problem(post(api, hashed("argon2", f"{lookup}.y")), 409, "API_KEY_EXISTS")
        assert told in error["message"] and error["metadata"]["key_id"] == key_id


@pytest.mark.parametrize("algorithm", FAST)
def test_a_hash_that_is_there_is_refused_with_its_keys_id(peppered, problem, algorithm):
    key_id = add(peppered, algorithm)
    for _ in range(2):
        error = problem(post(peppered, hashed(algorithm)), 409, "API_KEY_EXISTS")
        assert error["message"] == f"This hash is imported already, as key {key_id}."
        assert error["metadata"] == {"key_id": key_id}
        assert peppered.code(RAW) == "ok"


def test_409_for_a_lookup_of_what_would_be_judged_as_something_else(api, problem):
    for lookup, reason in (("mz_ak_abc", "CONFLICT"), ("mz_mc_abc", "FAILED_PRECONDITION")):
        error = problem(post(api, hashed("bcrypt", lookup=lookup)), 409, reason)
        assert error["metadata"]["field"] == "key_hash.lookup"


def test_409_for_a_lookup_of_one_more_length_than_are_looked_up(api, problem):
    together = [
        api.send("POST", IMPORTED, body(hashed("bcrypt", "k" + "x" * (n + 3) + ".secret")))
        for n in range(LENGTHS + 3)
    ]
    # They begin with one another, so of two one may be refused for that: those of one length.
    answers = api.together(*together)
    made = [a.status_code for a in answers].count(201)
    assert 1 <= made <= LENGTHS
    for n in range(LENGTHS + 3):
        post(api, hashed("bcrypt", chr(97 + n) * (n + 10) + ".secret"))
    kinds = api.run(api.node.store.hash_kinds("default"))
    assert len(kinds) == LENGTHS
    error = problem(post(api, hashed("bcrypt", "q" * 60 + ".secret")), 409, "FAILED_PRECONDITION")
    assert error["metadata"]["field"] == "key_hash.lookup" and str(LENGTHS) in error["message"]
    length = int(kinds[0].partition(":")[2])
    add(api, "bcrypt", "r" * length + ".secret")  # one of those lengths is still good


def test_409_for_a_request_id_that_was_for_another_hash(api, problem):
    assert post(api, hashed("sha256"), request_id="r").status_code == 201
    problem(post(api, hashed("sha256", "other"), request_id="r"), 409, "CONFLICT")
    assert api.code("other") == "NOT_FOUND"


def test_two_imports_of_one_hash_at_once_make_one_key(api):
    given = body(hashed("bcrypt"))
    answers = api.together(*(api.send("POST", IMPORTED, given) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
