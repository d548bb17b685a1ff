"""A key's record, read without making objects."""

from libc.stdint cimport int64_t

from engine._token cimport mz_facts, mz_token, mz_view

cdef bint record_allows(
    object record, const mz_token* t, int prefix, mz_facts* f, int64_t* expires_at, mz_view* actor
) except -1
