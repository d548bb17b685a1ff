"""The digests under which a tenant's imported keys stand.

A row stands under the master that was current when it was made, so a raw key has one digest per
master, and as many again where rows of a Talos installation may be there, of which only the hash
that Talos made was known. Those two kinds have keys of their own: presented as a raw key, the bytes
of a Talos id are just another raw key, and open nothing. So it is with the hashes of any other
system, see `hashes`.
"""

from collections.abc import Mapping
from typing import NoReturn

from blake3 import blake3

from engine import limits
from engine.errors import MalformedToken
from engine.formats.talos.imported import digest as digest_of_id
from engine.formats.talos.imported import talos_id
from engine.keyring import Keyring

from .hashes import HashIndex

_RAW = "marzipan 2026-11 imported key index v1"
_TALOS = "marzipan 2026-11 talos key index v1"


class ImportIndex:
    """Makes the digests of one tenant. `nid` is the Talos tenant whose rows may be there, or None.

    It holds keys derived from the masters, and shows none of them. `hashes` are the digests of rows
    that were imported as a hash; `peppers` those of its HMACs, by name.
    """

    __slots__ = ("_nid", "_raw", "_talos", "hashes", "master_id")

    def __init__(
        self,
        tenant: str,
        keyring: Keyring,
        nid: str | None = None,
        peppers: Mapping[str, bytes] = {},
    ) -> None:
        masters = (keyring.current, *keyring.retired)
        name = tenant.encode()
        self._raw = [blake3(name, key=each.derive(_RAW)).digest() for each in masters]
        self._talos = [blake3(name, key=each.derive(_TALOS)).digest() for each in masters]
        self._nid = nid
        self.hashes = HashIndex(tenant, keyring, peppers)
        self.master_id = keyring.current.id

    def digest(self, raw_key: str) -> bytes:
        """The 32 bytes under which a new row stands, that of master `master_id`.

        Raises MalformedToken where the raw key is not 1 to 8,192 bytes of UTF-8.
        """
        return blake3(_bytes(raw_key), key=self._raw[0]).digest()

    def digests(self, raw_key: str) -> tuple[bytes, ...]:
        """All under which its row may stand, `digest` first. Raises MalformedToken.

        At most two per master, and one more for each kind of hash that is in use; there are at most
        255 masters.
        """
        found = list(self.raw_digests(raw_key))
        if self._nid is not None:
            id_ = talos_id(self._nid, raw_key)
            found += [digest_of_id(key, id_) for key in self._talos]
        return (*found, *self.hashes.digests(raw_key))

    def raw_digests(self, raw_key: str) -> tuple[bytes, ...]:
        """Those of it under which rows stand that know the raw key itself, `digest` first.

        Raises MalformedToken.
        """
        data = _bytes(raw_key)
        return tuple(blake3(data, key=key).digest() for key in self._raw)

    def talos_digest(self, id_: str) -> bytes:
        """Under which the row of an imported key of Talos stands, by its 64 hex digits there.

        For whoever takes rows over, under master `master_id`. Raises ValueError.
        """
        return self.talos_digests(id_)[0]

    def talos_digests(self, id_: str) -> tuple[bytes, ...]:
        """All under which it may stand, that of `master_id` first. Raises ValueError."""
        return tuple(digest_of_id(key, id_) for key in self._talos)

    def __reduce__(self) -> NoReturn:
        raise TypeError("the keys of an index are never pickled or copied")

    def __repr__(self) -> str:
        return f"ImportIndex(master_id={self.master_id}, masters={len(self._raw)})"


def _bytes(raw_key: str) -> bytes:
    # Checked first, so that a long text is not copied; no character takes less than a byte.
    if not 1 <= len(raw_key) <= limits.TEXT:
        raise MalformedToken(f"a raw key is 1 to {limits.TEXT} bytes")
    try:
        data = raw_key.encode()
    except UnicodeEncodeError:
        raise MalformedToken("a raw key is text that UTF-8 can spell") from None
    if len(data) > limits.TEXT:
        raise MalformedToken(f"a raw key is 1 to {limits.TEXT} bytes")
    return data
