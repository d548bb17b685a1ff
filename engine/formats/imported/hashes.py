"""The digests under which rows stand of whose raw keys only a hash is known yet.

    index key = B3(derive_key("marzipan 2026-11 hashed key index v1", master_secret), kind, tenant)
    digest    = B3(index key, hash bytes, or the leading characters of the raw key)

What a row's digest is made from is its kind: "sha256", "hmac-sha256:PEPPER", or "prefix:12" for the
first 12 characters. Each algorithm has an index key of its own, and none is that of raw keys: the
bytes of a hash, presented as a raw key, are just another raw key, and open nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn

from blake3 import blake3

from engine.formats.hashed import fast
from engine.keyring import Keyring

_CONTEXT = "marzipan 2026-11 hashed key index v1"
PREFIX = "prefix"
LENGTHS = 8  # of different prefixes that a tenant may have at a time


class HashIndex:
    """Makes such digests for one tenant; it holds keys and peppers, and shows none of them.

    `kinds` are those that rows may have: for others nothing is computed.
    """

    __slots__ = ("_keys", "_kinds", "_peppers")

    def __init__(self, tenant: str, keyring: Keyring, peppers: Mapping[str, bytes] = {}) -> None:
        masters = [each.derive(_CONTEXT) for each in (keyring.current, *keyring.retired)]
        self._keys = {
            name: [blake3(f"{name}\0{tenant}".encode(), key=key).digest() for key in masters]
            for name in (*fast.SIZES, PREFIX)
        }
        self._peppers = dict(peppers)
        self._kinds: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self._kinds)

    @kinds.setter
    def kinds(self, kinds: Iterable[str]) -> None:
        self._kinds = tuple(sorted(set(kinds), key=_order))

    def has_pepper(self, name: str) -> bool:
        """Whether there is a pepper of this name."""
        return name in self._peppers

    def lost(self) -> list[str]:
        """The kinds in use whose pepper is not there, so that their rows are not found."""
        return [kind for kind in self._kinds if _named(kind) and _named(kind) not in self._peppers]

    def under(self, kind: str, data: bytes) -> tuple[bytes, ...]:
        """The digests of a hash, or of leading characters, one per master, the current first."""
        return tuple(blake3(data, key=key).digest() for key in self._keys[kind.partition(":")[0]])

    def prefixes(self, text: str) -> tuple[bytes, ...]:
        """The digests of all beginnings of a text that a row may stand under, the longest first."""
        starts = (text[:length] for length in map(length_of, self._kinds) if length <= len(text))
        return tuple(
            each for start in starts if start for each in self.under(PREFIX, start.encode())
        )

    def digests(self, raw_key: str) -> tuple[bytes, ...]:
        """All under which the row of a raw key may stand whose hash alone is known."""
        data = raw_key.encode()
        found = [each for kind, hashed in self._hashes(data) for each in self.under(kind, hashed)]
        return (*found, *self.prefixes(raw_key))

    def _hashes(self, raw_key: bytes) -> Iterator[tuple[str, bytes]]:
        for kind in self._kinds:
            pepper = self._peppers.get(_named(kind))
            if length_of(kind) == 0 and (pepper is not None or not _named(kind)):
                yield kind, fast.compute(kind.partition(":")[0], raw_key, pepper)

    def __reduce__(self) -> NoReturn:
        raise TypeError("the keys of an index are never pickled or copied")

    def __repr__(self) -> str:
        return f"HashIndex(kinds={self._kinds!r})"


def hmac_kind(algorithm: str, pepper: str) -> str:
    """The kind of rows that stand under an HMAC."""
    return f"{algorithm}:{pepper}"


def prefix_kind(lookup: str) -> str:
    """The kind of rows that stand under so many leading characters."""
    return f"{PREFIX}:{len(lookup)}"


def length_of(kind: str) -> int:
    """How many leading characters rows of a kind stand under; 0 where they stand under a hash."""
    name, _, length = kind.partition(":")
    return int(length) if name == PREFIX else 0


def _named(kind: str) -> str:
    """The pepper that a kind names, "" for none."""
    return "" if length_of(kind) else kind.partition(":")[2]


def _order(kind: str) -> tuple[int, str]:
    return -length_of(kind), kind
