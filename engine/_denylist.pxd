"""The denylist's tables, for whoever looks things up without Python objects."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

# The greatest expiry kept, the year 36,812; a later one counts as this.
cdef enum:
    FOREVER = 0x10000000000

# The kinds that kill unconditionally, as Kind.
cdef enum:
    KEY = 1
    GRANT = 2
    BLOCK = 3
    ACTOR = 5

cdef struct Slot:
    uint64_t low
    uint64_t high
    int64_t value
    uint64_t life  # expires_at * 8 + kind, 0: free

cdef struct Table:
    Slot* slots
    size_t mask
    size_t used
    uint64_t seed

cdef class Denylist:
    cdef Table dead
    cdef Table values
    cdef size_t kinds[8]  # how many entries of each kind there are


cdef extern from *:
    """
    #ifdef __GNUC__
    #define mz_prefetch(p) __builtin_prefetch(p)
    #else
    #define mz_prefetch(p) ((void)(p))
    #endif
    """
    void mz_prefetch(const void* p) noexcept nogil


cdef inline size_t place(const Table* table, uint8_t kind, uint64_t low, uint64_t high) noexcept nogil:
    """Where the search for an entry begins."""
    cdef uint64_t mixed = (low ^ table.seed) * <uint64_t>0x9E3779B97F4A7C15
    mixed = (mixed ^ mixed >> 29 ^ high ^ kind) * (table.seed | 1)
    return <size_t>(mixed ^ mixed >> 32) & table.mask


cdef inline void prefetch(const Table* table, uint8_t kind, const uint8_t* target) noexcept nogil:
    cdef uint64_t low, high
    memcpy(&low, target, 8)
    memcpy(&high, target + 8, 8)
    mz_prefetch(&table.slots[place(table, kind, low, high)])


cdef inline Slot* find(const Table* table, uint8_t kind, uint64_t low, uint64_t high) noexcept nogil:
    """The entry's slot, or the free one where it belongs."""
    cdef size_t at = place(table, kind, low, high)
    cdef Slot* slot = &table.slots[at]
    while slot.life and not (slot.low == low and slot.high == high and slot.life & 7 == kind):
        at = (at + 1) & table.mask
        slot = &table.slots[at]
    return slot


cdef inline Slot* entry(const Table* table, uint8_t kind, const uint8_t* target) noexcept nogil:
    """The slot of a 16-byte target; its life is 0 where there is no such entry."""
    cdef uint64_t low, high
    memcpy(&low, target, 8)
    memcpy(&high, target + 8, 8)
    return find(table, kind, low, high)


cdef inline int64_t standing(const Table* values, uint8_t kind, const uint8_t* target) noexcept nogil:
    """The standing value of a CHILDREN, ACTOR, TENANT or SUNSET entry, or -1."""
    cdef Slot* slot = entry(values, kind, target)
    return slot.value if slot.life else -1
