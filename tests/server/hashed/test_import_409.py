"""POST /v2alpha1/admin/importedApiKeys, 409: a hash that is there, or would never be looked up."""

import pytest

from engine.formats.imported.hashes import LENGTHS
from tests.server.hashed.hashes import ALL, LOOKUP, RAW, add, body, hashed, post
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
