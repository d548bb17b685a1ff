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


@pytest.mark.parametrize("algorithm", SLOW)
def test_a_salted_hash_that_was_sent_as_a_raw_key_is_no_key(api, problem, algorithm):
    """Else whoever reads the file, or the database it came from, holds a live credential."""
    value = SLOW[algorithm](RAW)
    fields = {"name": "n", "actor_id": "a"}
    django = {"bcrypt": f"bcrypt${value}", "argon2": f"argon2{value}"}.get(algorithm, value)
    for raw in (value, f" {value}", value[:20], django):
        error = problem(api.call("POST", IMPORTED, fields | {"raw_key": raw}), 400, "BAD_REQUEST")
        assert error["metadata"]["field"] == "raw_key"
        assert (
            f" {algorithm} hash; import it with key_hash {{algorithm: {algorithm}"
            in error["message"]
        )
        assert value not in str(error)
        assert api.code(raw) == "NOT_FOUND"
    given = [fields | {"raw_key": value}, fields | {"raw_key": RAW}]
    many = api.call("POST", f"{IMPORTED}:batchCreate", {"requests": given}).json()
    assert [bool(each["imported_api_key"]) for each in many["results"]] == [False, True]
    assert f"--hash {algorithm} --lookup ..." in many["results"][0]["error_message"]


@pytest.mark.parametrize(
    "raw", [SHA, "$2b", "2b$05$x", "argon2", "scrypt", "pbkdf2_sha256", "$1$a"]
)
def test_what_only_has_a_likeness_to_a_salted_hash_is_a_raw_key(api, raw):
    assert api.call("POST", IMPORTED, {"raw_key": raw, "name": "n", "actor_id": "a"}).is_success
    assert api.code(raw) == "ok"


def test_a_misspelt_field_is_named_where_the_sentence_has_it(api, problem):
    error = problem(post(api, GIVEN | {"hash": "x"}), 400, "BAD_REQUEST")
    assert "key_hash has the field `hash`, which is not known here; it has alg" in error["message"]
