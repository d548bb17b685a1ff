"""The denylist on every verify's path: two open-addressing tables of uniform 16-byte ids.

Same class as `_denylist_py.py`, which is the specification. A target is the output of a PRF or
random, so its own bits are the hash; the kind is mixed in only to tell entries of one target
apart. Linear probing, at most 5/8 full, nothing is ever deleted in place: `prune` rebuilds.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

cdef struct Slot:
    uint64_t low
    uint64_t high
    int64_t value
    int64_t expires_at
    uint8_t kind  # 0: free

cdef struct Table:
    Slot* slots
    size_t mask
    size_t used


cdef int _open(Table* table, size_t size) except -1:
    table.slots = <Slot*>calloc(size, sizeof(Slot))
    if table.slots == NULL:
        raise MemoryError()
    table.mask = size - 1
    table.used = 0
    return 0


cdef Slot* _find(const Table* table, uint8_t kind, uint64_t low, uint64_t high) noexcept nogil:
    """The entry's slot, or the free one where it belongs."""
    cdef size_t at = (low ^ (<uint64_t>kind * <uint64_t>0x9E3779B97F4A7C15)) & table.mask
    cdef Slot* slot = &table.slots[at]
    while slot.kind and not (slot.low == low and slot.high == high and slot.kind == kind):
        at = (at + 1) & table.mask
        slot = &table.slots[at]
    return slot


cdef int _grow(Table* table, size_t size, int64_t now) except -1:
    """Rebuild at another size, leaving behind what expired by now."""
    cdef Table fresh
    cdef size_t i
    cdef Slot* old
    _open(&fresh, size)
    for i in range(table.mask + 1):
        old = &table.slots[i]
        if old.kind and old.expires_at > now:
            memcpy(_find(&fresh, old.kind, old.low, old.high), old, sizeof(Slot))
            fresh.used += 1
    free(table.slots)
    table[0] = fresh
    return 0


cdef class Denylist:
    """What is revoked, answered from memory."""

    cdef Table dead
    cdef Table values

    def __cinit__(self):
        _open(&self.dead, 64)
        _open(&self.values, 64)

    def __dealloc__(self):
        free(self.dead.slots)
        free(self.values.slots)

    def add(self, int kind, bytes target not None, int64_t value, int64_t expires_at):
        cdef uint64_t low, high
        cdef Table* table = &self.dead if kind < 4 else &self.values
        cdef Slot* slot
        cdef uint8_t stored = 1 if kind < 4 else <uint8_t>kind
        if PyBytes_GET_SIZE(target) != 16:
            raise ValueError("a revocation target is exactly 16 bytes")
        if not 1 <= kind <= 7:
            raise ValueError(f"unknown kind of revocation: {kind}")
        if value < 0 or expires_at < 0:
            raise ValueError("value and expires_at are not negative")
        if (table.used + 1) * 8 > (table.mask + 1) * 5:
            _grow(table, (table.mask + 1) * 2, -1)
        memcpy(&low, PyBytes_AS_STRING(target), 8)
        memcpy(&high, PyBytes_AS_STRING(target) + 8, 8)
        slot = _find(table, stored, low, high)
        if not slot.kind:
            slot.low, slot.high, slot.kind = low, high, stored
            slot.value, slot.expires_at = value, expires_at
            table.used += 1
            return
        if expires_at > slot.expires_at:
            slot.expires_at = expires_at
        if (value < slot.value) if kind == 7 else (value > slot.value):
            slot.value = value

    cdef const Slot* _entry(self, const Table* table, uint8_t kind, bytes target) except NULL:
        cdef uint64_t low, high
        if target is None or PyBytes_GET_SIZE(target) != 16:
            raise ValueError("a revocation target is exactly 16 bytes")
        memcpy(&low, PyBytes_AS_STRING(target), 8)
        memcpy(&high, PyBytes_AS_STRING(target) + 8, 8)
        return _find(table, kind, low, high)

    def is_dead(self, bytes target not None):
        return self._entry(&self.dead, 1, target).kind != 0

    def first_dead(self, targets not None):
        cdef Py_ssize_t i = 0
        cdef bytes target
        for target in targets:
            if self._entry(&self.dead, 1, target).kind:
                return i
            i += 1
        return -1

    def value(self, int kind, bytes target not None):
        cdef const Slot* slot = self._entry(&self.values, <uint8_t>kind, target)
        return slot.value if slot.kind and slot.kind == kind else -1

    @property
    def has_values(self):
        return self.values.used != 0

    def prune(self, int64_t now):
        cdef size_t before = self.dead.used + self.values.used
        _grow(&self.dead, self.dead.mask + 1, now)
        _grow(&self.values, self.values.mask + 1, now)
        return before - self.dead.used - self.values.used

    def __len__(self):
        return self.dead.used + self.values.used

    def __repr__(self):
        return f"<Denylist of {len(self)} entries>"
