"""The first half of verification: is this exactly what was minted and appended?

Text, envelope, header, master id and epoch, the chain over all blocks, the tail, the prefix. No
meaning is read from a block here.
"""

from collections.abc import Sequence

from . import chain, envelope, header, text
from .errors import BadTail, MalformedToken, UnknownKey
from .header import GrantHeader, Header
from .redacted import Redacted
from .tenant import TenantKeys
from .text import Prefixes


class Authentic(Redacted, frozen=True):
    """A token whose tail matched. `revocation_ids` are those of the blocks, in order."""

    prefix: str
    header: Header
    blocks: Sequence[bytes]
    revocation_ids: Sequence[bytes]
    sealed: bool

    @property
    def grant_id(self) -> bytes | None:
        """The grant's id, or None for a key."""
        return self.header.grant_id if isinstance(self.header, GrantHeader) else None

    def __repr__(self) -> str:
        key_id = self.header.key_id.hex()
        return f"Authentic(key_id={key_id}, blocks={len(self.blocks)}, sealed={self.sealed})"


def authenticate(token: str, keys: TenantKeys, prefixes: Prefixes) -> Authentic:
    """The authentic token. Raises MalformedToken, UnknownKey or BadTail."""
    prefix, data = text.decode(token, prefixes)
    head, blocks, tail = envelope.split(data)
    decoded = header.read(head)
    root = keys.root(decoded.master_id)
    if root is None or decoded.tenant_epoch != keys.epoch:
        raise UnknownKey("no key known here made this token")
    expected, ids = chain.fold(root.secret, head, blocks)
    sealed = not chain.equal(expected, tail)
    if sealed and not chain.equal(chain.seal(expected), tail):
        raise BadTail()
    header.require_sound(decoded)  # not before: anybody can send a header of thousands of fields
    authentic = Authentic(prefix, decoded, blocks, ids, sealed)
    if prefix not in _fitting(authentic, prefixes):
        raise MalformedToken("the token's prefix does not fit what it is")
    return authentic


def _fitting(authentic: Authentic, prefixes: Prefixes) -> tuple[str, ...]:
    """One credential, one spelling; which of the key prefixes it is, the record will say."""
    if authentic.sealed:
        return (prefixes.sealed,)
    if authentic.blocks or isinstance(authentic.header, GrantHeader):
        return (prefixes.macaroon,)
    return (prefixes.key, prefixes.public)
