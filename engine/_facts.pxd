"""The facts of an access, read without making objects."""

from libc.stdint cimport int64_t

from engine._token cimport mz_facts

cdef bint read_facts(object access, int64_t leeway, mz_facts* f) except -1
