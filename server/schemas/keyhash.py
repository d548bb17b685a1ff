"""A hash of a raw key, as another system kept it, in the body of an import."""

import enum
from typing import Annotated

from engine.formats.hashed import fast, slow
from engine.redacted import Redacted
from server.keyhash import KeyHash
from server.peppers import LONGEST_ID, is_id
from server.problems import invalid

from . import forms, limits

LOOKUP = (4, 64)  # characters


class HashAlgorithm(enum.StrEnum):
    SHA256 = "sha256"
    SHA512 = "sha512"
    HMAC_SHA256 = "hmac-sha256"
    HMAC_SHA512 = "hmac-sha512"
    BCRYPT = "bcrypt"
    ARGON2 = "argon2"
    PBKDF2_SHA256 = "pbkdf2-sha256"
    PBKDF2_SHA1 = "pbkdf2-sha1"
    SCRYPT = "scrypt"


class ImportedKeyHash(Redacted, frozen=True, forbid_unknown_fields=True):
    """`lookup` is for salted hashes and `pepper` for HMACs, and each is required there.

    Unlike elsewhere an unknown field is refused: a misspelt one would make a key that nobody finds.
    """

    algorithm: HashAlgorithm
    value: Annotated[str, forms.form(maxLength=slow.LONGEST, format="password")]
    lookup: Annotated[str, forms.form(maxLength=LOOKUP[1])] = ""
    pepper: Annotated[str, forms.form(maxLength=LONGEST_ID)] = ""

    def __post_init__(self) -> None:
        self.known()

    def known(self) -> KeyHash:
        """The hash, read. Raises Problem 400 naming field and rule."""
        word = str(self.algorithm)
        self._require_fitting(word)
        if word in fast.SIZES:
            octets = limits.octets("key_hash.value", self.value, fast.SIZES[word])
            return KeyHash(word, octets, self.pepper)
        try:
            return KeyHash(word, slow=slow.read(word, self.value), lookup=self.lookup)
        except slow.HashRefused as refused:
            raise invalid("key_hash.value", str(refused)) from None

    def _require_fitting(self, word: str) -> None:
        if word in fast.HMAC and not is_id(self.pepper):
            raise invalid("key_hash.pepper", "is required for an HMAC: the id of its pepper")
        if word not in fast.HMAC and self.pepper:
            raise invalid("key_hash.pepper", "must be left out: it is for HMACs alone")
        if word in fast.SIZES:
            if self.lookup:
                raise invalid("key_hash.lookup", "must be left out: it is for salted hashes alone")
            return
        if not self.lookup:
            raise invalid(
                "key_hash.lookup",
                "is required for a salted hash, for without the leading characters of the raw key "
                "each such hash would have to be tried",
            )
        least, most = LOOKUP
        if not least <= len(self.lookup) <= most:
            raise invalid("key_hash.lookup", f"must be {least} to {most} characters")
        limits.text("key_hash.lookup", self.lookup)
        if "\ufffd" in self.lookup:
            raise invalid("key_hash.lookup", "must not contain U+FFFD, the mark of lost characters")
