"""Why a token was refused. Attributes carry facts; nothing here ever carries key or token bytes."""

from typing import Any


def _again(kind: type[Exception], args: tuple[Any, ...], facts: dict[str, Any]) -> Exception:
    """The same error, made of its message and facts: its parameters are other things."""
    made = kind.__new__(kind, *args)
    made.__dict__.update(facts)
    return made


class _Copied(Exception):
    """An error that survives copying and pickling, as between processes."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


class TokenError(_Copied):
    """The token is refused; the subclass says why. Base of every verdict but success."""


class MalformedToken(TokenError):
    """Not a token of this format: its length, prefix, encoding or structure is wrong."""


class ChecksumMismatch(MalformedToken):
    """The text does not match its own checksum: it was cut or mistyped, long before any key."""

    def __init__(self) -> None:
        super().__init__("the token's checksum does not match: was it cut when pasted?")


class UnknownKey(TokenError):
    """Nothing known here made this token: its master id, epoch, or key is not one of ours."""


class BadTail(TokenError):
    """The chain does not end in the token's tail: forged, edited, or made for another tenant.

    `discharge` is 0 for the token itself, n for the n-th discharge that came with it (only other
    systems' tokens have any), which may also not be bound to this token.
    """

    def __init__(self, discharge: int = 0) -> None:
        what = f"tail of discharge {discharge}" if discharge else "token's tail"
        super().__init__(f"the {what} does not match its chain")
        self.discharge = discharge


class UnusedDischarge(TokenError):
    """The token is authentic, but no caveat of it asks for the n-th discharge that came along.

    `discharge` is n. It is an error because whoever sent it believes that it counts.
    """

    def __init__(self, discharge: int) -> None:
        super().__init__(f"no caveat asks for discharge {discharge}, or another was used for it")
        self.discharge = discharge


class TokenRevoked(TokenError):
    """Authentic, but a link of it stands in the denylist.

    `link` names what was found ("key", "grant", "block", "tenant", "actor"), `revocation_id` is
    its 16-byte id (public: it authorises nothing), `block` the block's index or None.
    """

    def __init__(self, link: str, revocation_id: bytes, block: int | None = None) -> None:
        super().__init__(f"the token's {link} has been revoked")
        self.link = link
        self.revocation_id = revocation_id
        self.block = block


class TokenExpired(TokenError):
    """Authentic, but its key, grant or a Window caveat ended `at` (Unix seconds)."""

    def __init__(self, at: int, *, block: int | None = None, index: int | None = None) -> None:
        super().__init__(f"the token expired at {at} (Unix seconds)")
        self.at = at
        self.block = block
        self.index = index


class CaveatUnmet(TokenError):
    """Authentic, but this access lies outside a restriction.

    `block` is the index of the block (None: the key's record or the grant's header), `index` the
    caveat's position within it, `caveat` its type name ("Amount"), `reason` what was required and
    what was presented. Of a token of another system, which has no blocks, block 0 is the token
    itself and block n the n-th discharge that came with it.
    """

    def __init__(self, index: int, block: int | None, caveat: str, reason: str) -> None:
        where = "the credential itself" if block is None else f"block {block}, caveat {index}"
        super().__init__(f"{caveat} ({where}): {reason}")
        self.index = index
        self.block = block
        self.caveat = caveat
        self.reason = reason


class RecordNeeded(_Copied):
    """The key's record is not in `records`: fetch it by `key_id` (16 bytes) and verify again.

    Not a TokenError: it says nothing about the token beyond its having an authentic chain.
    """

    def __init__(self, key_id: bytes) -> None:
        super().__init__("the key's record is not in memory")
        self.key_id = key_id


class SnapshotRefused(_Copied):
    """A file is no snapshot that may be trusted, or none of this tenant and database."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the snapshot is refused: {reason}")
        self.reason = reason
