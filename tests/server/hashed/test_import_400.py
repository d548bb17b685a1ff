"""POST /v2alpha1/admin/importedApiKeys, 400: a hash that is none, or can't be found or paid for."""

import pytest

from tests.server.hashed.hashes import FAST, RAW, SLOW, b64, hashed, post
from tests.server.routes.paths import IMPORTED

BCRYPT = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
GIVEN = {"algorithm": "bcrypt", "value": BCRYPT, "lookup": "sk_live"}
SHA = "ab" * 32


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"algorithm": "md5"}, "key_hash.algorithm", "must be one of sha256, sha512"),
        ({"algorithm": None}, "key_hash", "lacks"),
        ({"value": None}, "key_hash", "lacks"),
        ({"value": 5}, "key_hash.value", "must be a text"),
        ({"value": ""}, "key_hash.value", "60 characters"),
        ({"value": BCRYPT.replace("$05$", "$15$")}, "key_hash.value", "cost of 4 to 14"),
        ({"value": "x" * 513}, "key_hash.value", "at most 512 characters"),
        ({"lookup": None}, "key_hash.lookup", "each such hash would have to be tried"),
        ({"lookup": "abc"}, "key_hash.lookup", "must be 4 to 64 characters"),
        ({"lookup": "x" * 65}, "key_hash.lookup", "must be 4 to 64 characters"),
        ({"lookup": "ab\0cd"}, "key_hash.lookup", "NUL"),
        ({"lookup": "ab\ufffdcd"}, "key_hash.lookup", "U+FFFD"),
        ({"pepper": "main"}, "key_hash.pepper", "HMACs alone"),
        ({"peper": "main"}, "key_hash", "not known here"),
        ({"algorithm": "argon2"}, "key_hash.value", "PHC string"),
        ({"algorithm": "sha256"}, "key_hash.lookup", "salted hashes alone"),
        ({"algorithm": "sha256", "lookup": None}, "key_hash.value", "32 bytes as hex or base64"),
        (
            {"algorithm": "sha512", "lookup": None, "value": SHA},
            "key_hash.value",
            "64 bytes as hex or base64",
        ),
        (
            {"algorithm": "hmac-sha256", "lookup": None, "value": SHA},
            "key_hash.pepper",
            "is required",
        ),
        (
            {"algorithm": "hmac-sha256", "lookup": None, "value": SHA, "pepper": "a b"},
            "key_hash.pepper",
            "is required",
        ),
        (
            {"algorithm": "hmac-sha256", "lookup": None, "value": SHA, "pepper": "lost"},
            "key_hash.pepper",
            "imports.peppers_file",
        ),
    ],
)
def test_400_names_the_field_and_the_rule_and_imports_nothing(api, problem, fields, field, rule):
    given = {name: value for name, value in (GIVEN | fields).items() if value is not None}
    error = problem(post(api, given), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field and rule in error["message"]
    assert BCRYPT not in str(error) and SHA not in str(error)
    assert api.call("GET", IMPORTED).json()["imported_api_keys"] == []


@pytest.mark.parametrize("algorithm", SLOW)
def test_400_for_every_salted_hash_without_its_lookup(api, problem, algorithm):
    given = {"algorithm": algorithm, "value": SLOW[algorithm](RAW)}
    error = problem(post(api, given), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "key_hash.lookup"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_400_for_what_is_nearly_a_fast_hash(api, problem, algorithm):
    made = FAST[algorithm](RAW)
    plain = b64(made)
    for value in (
        made.hex()[:-1],
        made.hex() + "00",
        " " + made.hex(),
        made.hex() + "\n",
        plain[:-1] + "*",
        plain + "=",
        plain.rstrip("=")[:-1] + "/",  # bits that the hash does not have
        b64(made + b"x"),
    ):
        error = problem(post(api, hashed(algorithm, value=value)), 400, "BAD_REQUEST")
        assert error["metadata"]["field"] == "key_hash.value"


def test_400_for_both_or_neither_of_raw_key_and_hash(api, problem):
    error = problem(post(api, GIVEN, raw_key=RAW), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "key_hash"
    error = problem(post(api, None), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "raw_key" and "key_hash" in error["message"]
