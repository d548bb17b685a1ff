"""Imported keys: the raw keys of any other system, known here by a keyed hash and nothing else.

    index key = B3(derive_key("marzipan 2026-11 imported key index v1", master_secret), tenant)
    digest    = B3(index key, raw key)                        B3: BLAKE3 keyed mode, 32 bytes

The text has no form: it is what no other format takes. Whoever presents it holds the key. What it
may do is in its record, as of a native key; the record is found by the digest.

The database never holds the raw key, nor a hash that could be tried out without a master secret. A
retired master's digests stay findable, so a rotation ends no imported key. Nor does raising the
tenant's epoch: that is about the tenant's root key, which neither makes nor finds one.
"""

from .hashes import HashIndex as HashIndex
from .index import ImportIndex as ImportIndex
from .verify import DigestNeeded as DigestNeeded
from .verify import ImportedVerifier as ImportedVerifier
