"""Values that the engine and the stores share. No behaviour lives here."""

import enum

import msgspec

# The master id of keys minted elsewhere, under a secret that is no master of ours: no native header
# can name it, as master ids are 1 to 255.
ELSEWHERE = 0
# The master id in the record of an imported key, which nobody minted: no header can name it either.
IMPORTED = 256


class Kind(enum.IntEnum):
    """What an entry of the revocation log kills; `value` is a Unix second or a generation."""

    KEY = 1  # the key and all below it; value unused
    GRANT = 2  # one grant and all below it; value unused
    BLOCK = 3  # one block (by revocation id) and all below it; value unused
    CHILDREN = 4  # grants of the key whose generation < value; the key itself lives
    ACTOR = 5  # every key of the actor with issued_at <= value
    TENANT = 6  # every key of the tenant with issued_at <= value
    SUNSET = 7  # the key and all below it from second `value` on (rotation with grace)


class Revocation(msgspec.Struct, frozen=True):
    """One act of revocation: `target` is a 16-byte id."""

    kind: Kind
    target: bytes
    value: int = 0


class KeyStatus(enum.IntEnum):
    """The stored state of a key. Expiry is computed from `expires_at`, never stored."""

    ACTIVE = 1
    REVOKED = 2
    SUSPENDED = 3


class Visibility(enum.IntEnum):
    """PUBLIC keys are publishable: their own text prefix, and no self-revocation."""

    SECRET = 1
    PUBLIC = 2


class RateLimit(msgspec.Struct, frozen=True):
    """At most `quota` uses at once; they come back evenly, `quota` of them in `window_s` s."""

    quota: int
    window_s: int


class Debit(msgspec.Struct, frozen=True):
    """One spend against a Budget caveat.

    `counter` is the 16-byte revocation id of the caveat's block followed by its position (1 byte),
    so that all descendants share it. `cost` and `limit` are calls or minor currency units. The
    window begins with the first debit and lasts `window_s` seconds.
    """

    counter: bytes
    unit: str
    cost: int
    limit: int
    window_s: int
