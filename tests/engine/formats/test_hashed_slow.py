"""Salted hashes: published vectors, other implementations, the bounds, and what never fits."""

import base64
import hashlib

import argon2
import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formats.hashed.slow import ALGORITHMS, HashRefused, read


def b64(data, pad=True):
    text = base64.b64encode(data).decode()
    return text if pad else text.rstrip("=")


def django_pbkdf2(password, salt, rounds, function="sha256"):
    made = hashlib.pbkdf2_hmac(function, password.encode(), salt.encode(), rounds)
    return f"pbkdf2_{function}${rounds}${salt}${b64(made)}"


def django_scrypt(password, salt, n, r, p):
    made = hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=1 << 27)
    return f"scrypt${n}${salt}${r}${p}${b64(made)}"


RFC7914 = bytes.fromhex(
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
    "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
)
RFC7914_PBKDF2 = bytes.fromhex(  # and its second half
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
    "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
)
VECTORS = [
    # The published vectors of bcrypt's first implementations.
    ("bcrypt", "a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
    ("bcrypt", "abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
    ("bcrypt", "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("bcrypt", "U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("bcrypt", "U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    # Those of the reference implementation of Argon2, both versions.
    (
        "argon2",
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ),
    (
        "argon2",
        "password",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
    ),
    (
        "argon2",
        "password",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    ),
    # RFC 7914, sections 11 and 12; RFC 6070.
    ("pbkdf2-sha256", "passwd", f"pbkdf2_sha256$1$salt${b64(RFC7914_PBKDF2)}"),
    (
        "pbkdf2-sha1",
        "password",
        f"pbkdf2_sha1$1$salt${b64(bytes.fromhex('0c60c80f961f0e71f3a9b524af6012062fe037a6'))}",
    ),
    (
        "pbkdf2-sha1",
        "password",
        f"pbkdf2_sha1$4096$salt${b64(bytes.fromhex('4b007901b765489abead49d926f721d065a429c1'))}",
    ),
    (
        "scrypt",
        "password",
        f"$scrypt$ln=10,r=8,p=16${b64(b'NaCl', False)}${b64(RFC7914, False)}",
    ),
    ("scrypt", "password", f"scrypt$1024$NaCl$8$16${b64(RFC7914)}"),
]


@pytest.mark.parametrize(("algorithm", "raw", "text"), VECTORS)
def test_a_published_vector_fits_its_text_and_no_other(algorithm, raw, text) -> None:
    known = read(algorithm, text)
    assert known.matches(raw)
    for other in (raw + "x", raw[:-1] + "?", raw.upper() + "_"):
        assert not known.matches(other)


def test_every_algorithm_has_a_vector() -> None:
    assert {algorithm for algorithm, *_ in VECTORS} == set(ALGORITHMS)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1)


@given(TEXTS, TEXTS)
@settings(max_examples=25, deadline=None)
def test_what_other_implementations_make_fits_what_they_made_it_of(raw, other) -> None:
    raw, other = raw[:18], other[:18]
    made = {
        "bcrypt": bcrypt.hashpw(raw.encode(), bcrypt.gensalt(4)).decode(),
        "argon2": argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=2).hash(raw),
        "pbkdf2-sha256": django_pbkdf2(raw, "salty", 10),
        "pbkdf2-sha1": django_pbkdf2(raw, "salty", 10, "sha1"),
        "scrypt": django_scrypt(raw, "salty", 16, 1, 1),
    }
    for algorithm, text in made.items():
        assert read(algorithm, text).matches(raw)
        assert read(algorithm, text).matches(other) is (raw == other)


@pytest.mark.parametrize("kind", [argon2.Type.D, argon2.Type.I, argon2.Type.ID])
def test_every_type_of_argon2_is_told_from_the_others(kind) -> None:
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=kind)
    text = hasher.hash("raw")
    assert read("argon2", text).matches("raw")
    other = "argon2d$" if kind is not argon2.Type.D else "argon2i$"
    name = text.split("$")[1] + "$"
    assert not read("argon2", text.replace(name, other)).matches("raw")


def test_a_text_that_bcrypt_would_cut_never_fits() -> None:
    whole, cut = "x" * 72, "x" * 73
    known = read("bcrypt", bcrypt.hashpw(whole.encode(), bcrypt.gensalt(4)).decode())
    assert known.matches(whole) and not known.matches(cut) and not known.matches("é" * 36 + "x")
    short = read("bcrypt", bcrypt.hashpw(b"key", bcrypt.gensalt(4)).decode())
    assert short.matches("key") and not short.matches("key\0") and not short.matches("key\0more")


@pytest.mark.parametrize("raw", ["key\0", "key\0\0", "key\0more"])
def test_a_text_that_hmac_would_take_for_the_key_never_fits(raw) -> None:
    for known in (
        read("pbkdf2-sha256", django_pbkdf2("key", "salt", 1)),
        read("pbkdf2-sha1", django_pbkdf2("key", "salt", 1, "sha1")),
        read("scrypt", django_scrypt("key", "salt", 16, 8, 1)),
    ):
        assert known.matches("key") and not known.matches(raw)


PHC = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
BCRYPT = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
B32 = b64(b"h" * 32)
S32 = B32.rstrip("=")
REFUSED = [
    ("bcrypt", BCRYPT.replace("$05$", "$15$"), "cost"),
    ("bcrypt", BCRYPT.replace("$05$", "$03$"), "cost"),
    ("bcrypt", BCRYPT.replace("$05$", "$5$"), "60 characters"),
    ("bcrypt", BCRYPT.replace("$2b$", "$2x$"), "60 characters"),
    ("bcrypt", BCRYPT[:-1], "60 characters"),
    ("bcrypt", BCRYPT + "x", "60 characters"),
    ("bcrypt", BCRYPT + "\n", "60 characters"),
    ("bcrypt", BCRYPT.replace(".E5", "CE5"), "60 characters"),  # bits that the salt does not have
    ("bcrypt", BCRYPT[:-1] + "é", "60 characters"),
    ("bcrypt", "", "60 characters"),
    ("argon2", "$argon2id$v=19$m=65537,t=2,p=1" + PHC, "m (KiB)"),
    ("argon2", "$argon2id$v=19$m=31,t=2,p=4" + PHC, "m (KiB)"),
    ("argon2", "$argon2id$v=19$m=65536,t=11,p=1" + PHC, "t of"),
    ("argon2", "$argon2id$v=19$m=064,t=2,p=1" + PHC, "PHC"),  # what argon2 itself can't read
    ("argon2", "$argon2id$v=19$m=64,t=02,p=1" + PHC, "PHC"),
    ("argon2", "$argon2id$v=19$m=64,t=2,p=01" + PHC, "PHC"),
    ("argon2", "$argon2id$v=19$m=65536,t=0,p=1" + PHC, "PHC"),
    ("argon2", "$argon2id$v=19$m=65536,t=2,p=5" + PHC, "p of"),
    ("argon2", "$argon2id$v=18$m=65536,t=2,p=1" + PHC, "PHC"),
    ("argon2", "$argon2id$v=19$m=64,t=2,p=1,keyid=a" + PHC, "PHC"),
    ("argon2", "$argon2id$v=19$t=2,m=64,p=1" + PHC, "PHC"),
    ("argon2", "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$" + "A" * 21, "PHC"),
    ("argon2", "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHR$" + S32, "base64"),
    ("argon2", "$argon2id$v=19$m=64,t=2,p=1" + PHC + "\n", "PHC"),
    ("pbkdf2-sha256", f"pbkdf2_sha256$2000001$salt${B32}", "iterations"),
    ("pbkdf2-sha256", f"pbkdf2_sha256$1000001$salt${b64(b'h' * 33)}", "for all of the hash"),
    ("pbkdf2-sha1", f"pbkdf2_sha1$120000$salt${b64(b'h' * 340)}", "for all of the hash"),
    ("pbkdf2-sha256", f"pbkdf2_sha256$0$salt${B32}", "iterations"),
    ("pbkdf2-sha256", f"pbkdf2_sha1$10$salt${B32}", "begin with"),
    ("pbkdf2-sha256", f"pbkdf2_sha256$10$${B32}", "pbkdf2_sha256$iterations"),
    ("pbkdf2-sha256", f"pbkdf2_sha256$10$salt${b64(b'h' * 15)}", "at least 16 bytes"),
    ("pbkdf2-sha256", f"pbkdf2_sha256$10$salt${B32[:-2]}", "base64"),
    ("pbkdf2-sha1", f"pbkdf2_sha256$10$salt${B32}", "begin with"),
    ("scrypt", f"scrypt$15$salt$8$1${B32}", "power of two"),
    ("scrypt", f"scrypt$1$salt$8$1${B32}", "power of two"),
    ("scrypt", f"scrypt$0$salt$8$1${B32}", "power of two"),
    ("scrypt", f"scrypt$131072$salt$8$1${B32}", "N * r"),
    ("scrypt", f"scrypt$65536$salt$8$5${B32}", "N * r * p"),
    ("scrypt", f"scrypt$65536$salt$1$1${B32}", "16 * r"),  # what no scrypt computes
    ("scrypt", f"$scrypt$ln=19,r=1,p=1$c2FsdA${S32}", "16 * r"),
    ("scrypt", f"scrypt$16$salt$0$1${B32}", "r of"),
    ("scrypt", f"scrypt$16$salt$8$0${B32}", "p of"),
    ("scrypt", f"$scrypt$ln=17,r=8,p=1$c2FsdA${S32}", "N * r"),
    ("scrypt", f"$scrypt$ln=99,r=1,p=1$c2FsdA${S32}", "N * r"),
    ("scrypt", f"$scrypt$ln=4,r=8,p=1$c2FsdB${S32}", "salt in base64"),
    ("scrypt", f"salt$scrypt$16$8$1${B32}", "scrypt$N$salt"),
    ("scrypt", "x" * 513, "512 characters"),
]


@pytest.mark.parametrize(("algorithm", "text", "why"), REFUSED)
def test_what_is_out_of_bounds_or_form_is_refused_by_its_rule_alone(algorithm, text, why) -> None:
    with pytest.raises(HashRefused) as refused:
        read(algorithm, text)
    assert why in str(refused.value) and refused.value.__cause__ is None
    assert text[-20:] == "" or text[-20:] not in str(refused.value)


@pytest.mark.parametrize(
    ("algorithm", "text"),
    [
        ("bcrypt", BCRYPT.replace("$05$", "$14$")),
        ("argon2", "$argon2id$v=19$m=65536,t=10,p=4" + PHC),
        ("pbkdf2-sha256", f"pbkdf2_sha256$2000000$salt${B32}"),
        ("pbkdf2-sha1", f"pbkdf2_sha1$100000$salt${b64(b'h' * 340)}"),
        ("scrypt", f"scrypt$65536$salt$8$4${B32}"),
        ("scrypt", f"scrypt$32768$salt$1$1${B32}"),
        ("scrypt", f"scrypt$16384$salt$8$5${B32}"),  # Django's own
    ],
)
def test_the_greatest_that_is_taken_is_computed_without_an_error(algorithm, text) -> None:
    assert read(algorithm, text).matches("wrong") is False


@given(st.text(max_size=80), st.sampled_from(ALGORITHMS))
def test_any_text_is_a_hash_or_refused(text, algorithm) -> None:
    for each in (text, "$" + text, f"pbkdf2_sha256${text}", f"$scrypt$ln={text}"):
        try:
            read(algorithm, each)
        except HashRefused:
            pass


def test_no_repr_shows_a_hash() -> None:
    assert repr(read("bcrypt", BCRYPT)) == "SlowHash('bcrypt')"
