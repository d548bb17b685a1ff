"""The denylist, for whoever looks things up without Python objects."""

from libc.stdint cimport int64_t, uint8_t

from engine._tiers cimport mz_cold, mz_tiers, mz_tiers_find

# As Kind; the first three kill unconditionally.
cdef enum:
    KEY = 1
    GRANT = 2
    BLOCK = 3
    CHILDREN = 4
    ACTOR = 5
    TENANT = 6
    SUNSET = 7

cdef class Denylist:
    cdef mz_tiers dead  # KEY, GRANT, BLOCK
    cdef mz_tiers values  # CHILDREN, ACTOR, TENANT, SUNSET
    cdef size_t kinds[8]  # how many entries of each kind there are, in both tiers
    cdef bint busy  # frozen, by one thread
    cdef object snapshot  # what the cold tier is read from
    cdef object view  # keeps its memory where it is

    cdef bint freeze(self) except -1
    cdef int must_freeze(self) except -1
    cdef int thaw(self) except -1
    cdef Py_ssize_t renew(
        self, const mz_cold* cover, const mz_cold* cold, bint left, int64_t now, snapshot, view
    ) except -1
    cdef void count(self) noexcept nogil
    cdef bint has_any(self) noexcept nogil


cdef inline bint denied(const mz_tiers* dead, uint8_t kind, const uint8_t* target) noexcept nogil:
    """Whether there is a KEY, GRANT or BLOCK entry of a 16-byte target."""
    cdef int64_t value
    return mz_tiers_find(dead, kind, target, &value)


cdef inline int64_t standing(
    const mz_tiers* values, uint8_t kind, const uint8_t* target
) noexcept nogil:
    """The standing value of a CHILDREN, ACTOR, TENANT or SUNSET entry, or -1."""
    cdef int64_t value
    return value if mz_tiers_find(values, kind, target, &value) else -1
