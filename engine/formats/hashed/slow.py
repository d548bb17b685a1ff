"""Salted hashes that cost their time: bcrypt, Argon2, PBKDF2, scrypt, as the usual texts.

    bcrypt         $2b$<cost>$<22 characters of salt><31 of hash>             also $2a$, $2y$
    argon2         $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>  also i, d; RFC 9106
    pbkdf2-sha256  pbkdf2_sha256$<iterations>$<salt>$<hash>                   Django's; RFC 8018
    pbkdf2-sha1    pbkdf2_sha1$<iterations>$<salt>$<hash>                     Django's
    scrypt         $scrypt$ln=<log2 N>,r=<r>,p=<p>$<salt>$<hash>              RFC 7914
                   scrypt$<N>$<salt>$<r>$<p>$<hash>                           Django's

What one costs is bounded when it is read, since whoever presents a text makes it be computed. Who
calls `matches` waits for it: all of it runs outside the interpreter's lock.
"""

import binascii
import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping

import argon2.low_level
import bcrypt

from engine.redacted import Redacted

LONGEST = 512  # characters of a hash
SHORTEST = 16  # bytes: of a shorter one, some wrong text will fit
BCRYPT_COST = 14
BCRYPT_BYTES = 72  # what it looks at of a raw key
ARGON2_KIB, ARGON2_PASSES, ARGON2_LANES = 65_536, 10, 4
PBKDF2_ITERATIONS = 2_000_000
SCRYPT_BLOCKS = 1 << 19  # N * r, each of 128 bytes: 64 MiB
SCRYPT_WORK = 1 << 21  # N * r * p

_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[./A-Za-z0-9]")
_ARGON2 = re.compile(
    r"\$argon2(id|i|d)(?:\$v=(16|19))?\$m=([1-9]\d{0,8}),t=([1-9]\d{0,8}),p=([1-9]\d{0,8})"
    r"\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{22,})"
)
_PBKDF2 = re.compile(r"pbkdf2_(sha256|sha1)\$(\d{1,9})\$([^$]+)\$([A-Za-z0-9+/]+=*)")
_SCRYPT = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]*)\$([A-Za-z0-9+/]+)"
)
_DJANGO_SCRYPT = re.compile(r"scrypt\$(\d{1,9})\$([^$]+)\$(\d{1,9})\$(\d{1,9})\$([A-Za-z0-9+/]+=*)")
# How such texts begin, also where Django says the algorithm once more before it.
_BEGINNINGS = (
    ("bcrypt", re.compile(r"(?:bcrypt\$)?\$2[abxy]?\$\d\d\$")),
    ("argon2", re.compile(r"(?:argon2)?\$argon2(?:id|i|d)\$")),
    ("pbkdf2-sha256", re.compile(r"pbkdf2_sha256\$\d+\$")),
    ("pbkdf2-sha1", re.compile(r"pbkdf2_sha1\$\d+\$")),
    ("scrypt", re.compile(r"\$scrypt\$ln=|scrypt\$\d+\$")),
)
_ARGON2_TYPES = {
    "d": argon2.low_level.Type.D,
    "i": argon2.low_level.Type.I,
    "id": argon2.low_level.Type.ID,
}


class HashRefused(ValueError):
    """The hash is none that can be taken; the message completes the sentence "value ..."."""


class SlowHash(Redacted, frozen=True):
    """A salted hash, known to be sound and within bounds."""

    algorithm: str
    text: str

    def matches(self, raw_key: str) -> bool:
        """Whether this is a hash of the raw key. Slow."""
        # bcrypt stops at a NUL, and HMAC, so PBKDF2 and scrypt too, takes a key with NULs behind it
        # for the key: the row would be given to another text than the one that its holder has.
        if "\0" in raw_key:
            return False
        return _FORMATS[self.algorithm][1](self.text, raw_key.encode())

    def __repr__(self) -> str:
        return f"SlowHash({self.algorithm!r})"


def read(algorithm: str, text: str) -> SlowHash:
    """The hash that a text spells. Raises HashRefused naming the rule, and KeyError."""
    check = _FORMATS[algorithm][0]
    if len(text) > LONGEST:
        raise HashRefused(f"must be at most {LONGEST} characters")
    check(text)
    return SlowHash(algorithm, text)


def seeming(text: str) -> str | None:
    """The algorithm of the hash that a text begins like, whole and sound or not; None for others.

    For texts that should be none: a raw key that begins so is nobody's.
    """
    begins = text.lstrip()
    return next((name for name, beginning in _BEGINNINGS if beginning.match(begins)), None)


def _match(pattern: re.Pattern[str], text: str, form: str) -> re.Match[str]:
    found = pattern.fullmatch(text) if text.isascii() else None
    if found is None:
        raise HashRefused(f"must be {form}")
    return found


def _most(what: str, value: int, most: int, least: int = 1) -> int:
    if not least <= value <= most:
        raise HashRefused(f"must have {what} of {least} to {most}")
    return value


def _decoded(text: str, what: str) -> bytes:
    """Standard base64 in its one spelling, padded or not."""
    plain = text.rstrip("=")
    try:
        data = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        data = b""
    if text not in (b64encode(data).decode(), b64encode(data).decode().rstrip("=")):
        raise HashRefused(f"must have its {what} in base64")
    return data


def _hash(text: str) -> bytes:
    data = _decoded(text, "hash")
    if len(data) < SHORTEST:
        raise HashRefused(f"must have a hash of at least {SHORTEST} bytes")
    return data


def _read_bcrypt(text: str) -> None:
    found = _match(_BCRYPT, text, "a bcrypt hash: $2a$, $2b$ or $2y$, in all 60 characters")
    _most("a cost", int(found[1]), BCRYPT_COST, 4)


def _try_bcrypt(text: str, raw_key: bytes) -> bool:
    # It would look at no more than this of a longer one: all that begin like the key would fit.
    if len(raw_key) > BCRYPT_BYTES:
        return False
    return bcrypt.checkpw(raw_key, text.encode())


def _read_argon2(text: str) -> None:
    found = _match(_ARGON2, text, "a PHC string: $argon2id$v=19$m=...,t=...,p=...$salt$hash")
    lanes = _most("p", int(found[5]), ARGON2_LANES)
    _most("m (KiB)", int(found[3]), ARGON2_KIB, 8 * lanes)
    _most("t", int(found[4]), ARGON2_PASSES)
    for each in (found[6], found[7]):
        if each.endswith("=") or len(_decoded(each, "salt and hash")) < 8:
            raise HashRefused("must have a salt of at least 8 bytes")
    _hash(found[7])


def _try_argon2(text: str, raw_key: bytes) -> bool:
    kind = _ARGON2_TYPES[_match(_ARGON2, text, "")[1]]
    try:
        return argon2.low_level.verify_secret(text.encode(), raw_key, kind)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _pbkdf2(text: str) -> tuple[str, int, bytes, bytes]:
    found = _match(_PBKDF2, text, "pbkdf2_sha256$iterations$salt$hash, or of pbkdf2_sha1")
    rounds = _most("iterations", int(found[2]), PBKDF2_ITERATIONS)
    expected = _hash(found[4])
    # Each further block of output costs all the iterations again.
    blocks = -(-len(expected) // hashlib.new(found[1]).digest_size)
    _most("iterations, for all of the hash,", rounds * blocks, PBKDF2_ITERATIONS)
    return found[1], rounds, found[3].encode(), expected


def _read_pbkdf2(function: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if _pbkdf2(text)[0] != function:
            raise HashRefused(f"must begin with pbkdf2_{function}$")

    return check


def _try_pbkdf2(text: str, raw_key: bytes) -> bool:
    function, rounds, salt, expected = _pbkdf2(text)
    made = hashlib.pbkdf2_hmac(function, raw_key, salt, rounds, len(expected))
    return hmac.compare_digest(made, expected)


def _scrypt(text: str) -> tuple[int, int, int, bytes, bytes]:
    if text.startswith("$"):
        found = _match(_SCRYPT, text, "$scrypt$ln=...,r=...,p=...$salt$hash")
        n, r, p = 1 << int(found[1]), int(found[2]), int(found[3])
        salt, expected = _decoded(found[4], "salt"), _hash(found[5])
    else:
        found = _match(_DJANGO_SCRYPT, text, "scrypt$N$salt$r$p$hash or a $scrypt$ string")
        n, r, p = int(found[1]), int(found[3]), int(found[4])
        salt, expected = found[2].encode(), _hash(found[5])
    if n < 2 or n & (n - 1):
        raise HashRefused("must have a power of two, from 2, as N")
    _most("p", p, SCRYPT_WORK)
    _most("r", r, SCRYPT_BLOCKS)
    _most("N * r (64 MiB of memory)", n * r, SCRYPT_BLOCKS)
    if n.bit_length() > 16 * r:  # RFC 7914 section 2, and nothing computes what is beyond it
        raise HashRefused("must have an N below 2 to the power of 16 * r")
    _most("N * r * p", n * r * p, SCRYPT_WORK)
    return n, r, p, salt, expected


def _read_scrypt(text: str) -> None:
    _scrypt(text)


def _try_scrypt(text: str, raw_key: bytes) -> bool:
    n, r, p, salt, expected = _scrypt(text)
    memory = 128 * r * (n + p + 2) + 4096  # what OpenSSL wants to be allowed
    made = hashlib.scrypt(raw_key, salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=len(expected))
    return hmac.compare_digest(made, expected)


_Format = tuple[Callable[[str], None], Callable[[str, bytes], bool]]
_FORMATS: Mapping[str, _Format] = {
    "bcrypt": (_read_bcrypt, _try_bcrypt),
    "argon2": (_read_argon2, _try_argon2),
    "pbkdf2-sha256": (_read_pbkdf2("sha256"), _try_pbkdf2),
    "pbkdf2-sha1": (_read_pbkdf2("sha1"), _try_pbkdf2),
    "scrypt": (_read_scrypt, _try_scrypt),
}
ALGORITHMS = tuple(_FORMATS)
