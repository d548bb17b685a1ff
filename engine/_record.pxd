"""What a key may do, and whether that covers an access."""

from libc.stdint cimport int64_t, uint8_t, uint16_t

from engine._token cimport mz_facts, mz_proven, mz_view

cdef class KeyRecord:
    cdef readonly int64_t issued_at
    cdef readonly int64_t expires_at
    cdef readonly int64_t generation
    cdef readonly str actor
    cdef readonly tuple scopes
    cdef readonly tuple networks
    cdef readonly object limit
    cdef readonly uint16_t master_id  # IMPORTED is 256
    cdef uint8_t status_
    cdef uint8_t visibility_

    cdef tuple _all(self)

cdef bint record_allows(
    KeyRecord record, const mz_proven* p, mz_facts* f, mz_view* actor
) except -1
