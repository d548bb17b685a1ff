"""A grant as the compiled road leaves it: facts in C, and the token they were read from."""

from libc.stdint cimport int64_t, uint8_t

cdef class Grant:
    cdef tuple fields  # all of them, once somebody asked; None before
    cdef str tenant_name
    cdef object record  # the key's KeyRecord, or None for a grant header
    cdef bytes data  # the token's bytes without its tail, then 16 bytes for each block's id
    cdef int64_t end
    cdef uint8_t sealed_
    cdef uint8_t narrows_scopes
    cdef uint8_t names_audiences
    cdef uint8_t delegates_

    cdef tuple _all(self)
    cdef tuple _read(self)
