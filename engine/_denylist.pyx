"""The denylist on every verify's path: two open-addressing tables of uniform 16-byte ids.

Same class as `_denylist_py.py`, which is the specification. Linear probing, at most 5/8 full,
nothing is ever deleted in place: `prune` rebuilds. Holders choose the nonces of their blocks, so
they can search for revocation ids that look alike: a place depends on a secret of the table, so
that nobody can fill one neighbourhood and slow its lookups.

A table may move when an entry is added, so every method holds the object's critical section
(the GIL, or its own lock where there is none); who reads the tables from C must hold it too.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

import secrets


cdef int _open(Table* table, size_t size, uint64_t seed) except -1:
    table.slots = <Slot*>calloc(size, sizeof(Slot))
    if table.slots == NULL:
        raise MemoryError()
    table.mask = size - 1
    table.used = 0
    table.seed = seed
    return 0


cdef int _grow(Table* table, size_t size, int64_t now) except -1:
    """Rebuild at another size, leaving behind what expired by now."""
    cdef Table fresh
    cdef size_t i
    cdef Slot* old
    _open(&fresh, size, table.seed)
    for i in range(table.mask + 1):
        old = &table.slots[i]
        if old.life and <int64_t>(old.life >> 3) > now:
            memcpy(find(&fresh, old.life & 7, old.low, old.high), old, sizeof(Slot))
            fresh.used += 1
    free(table.slots)
    table[0] = fresh
    return 0


cdef void _count(const Table* table, size_t* kinds) noexcept nogil:
    """Add the table's entries to the numbers of entries by kind."""
    cdef size_t i
    for i in range(table.mask + 1):
        if table.slots[i].life:
            kinds[table.slots[i].life & 7] += 1


cdef const uint8_t* _target(bytes target) except NULL:
    if target is None or PyBytes_GET_SIZE(target) != 16:
        raise ValueError("a revocation target is exactly 16 bytes")
    return <const uint8_t*>PyBytes_AS_STRING(target)


cdef class Denylist:
    """What is revoked, answered from memory."""

    def __cinit__(self):
        _open(&self.dead, 64, secrets.randbits(64))
        _open(&self.values, 64, secrets.randbits(64))

    def __dealloc__(self):
        free(self.dead.slots)
        free(self.values.slots)

    def add(self, int kind, bytes target not None, int64_t value, int64_t expires_at):
        cdef const uint8_t* wanted = _target(target)
        cdef uint8_t stored = <uint8_t>kind
        cdef uint64_t life
        cdef Table* table
        cdef Slot* slot
        if not 1 <= kind <= 7:
            raise ValueError(f"unknown kind of revocation: {kind}")
        if value < 0 or expires_at < 0:
            raise ValueError("value and expires_at are not negative")
        life = <uint64_t>min(expires_at, <int64_t>FOREVER) << 3 | stored
        with cython.critical_section(self):
            table = &self.dead if kind <= BLOCK else &self.values
            if (table.used + 1) * 8 > (table.mask + 1) * 5:
                _grow(table, (table.mask + 1) * 2, -1)
            slot = entry(table, stored, wanted)
            if not slot.life:
                memcpy(&slot.low, wanted, 8)
                memcpy(&slot.high, wanted + 8, 8)
                slot.value, slot.life = value, life
                table.used += 1
                self.kinds[stored] += 1
            else:
                if life > slot.life:
                    slot.life = life
                if (value < slot.value) if kind == 7 else (value > slot.value):
                    slot.value = value

    def is_dead(self, int kind, bytes target not None):
        cdef const uint8_t* wanted = _target(target)
        if not KEY <= kind <= BLOCK:
            return False
        with cython.critical_section(self):
            return entry(&self.dead, <uint8_t>kind, wanted).life != 0

    def first_dead(self, int kind, targets not None):
        cdef Py_ssize_t i = 0
        cdef bytes target
        for target in targets:
            if self.is_dead(kind, target):
                return i
            i += 1
        return -1

    def value(self, int kind, bytes target not None):
        cdef const uint8_t* wanted = _target(target)
        if not 4 <= kind <= 7:
            return -1
        with cython.critical_section(self):
            return standing(&self.values, <uint8_t>kind, wanted)

    @property
    def has_values(self):
        return self.values.used != 0

    def prune(self, int64_t now):
        cdef size_t before
        with cython.critical_section(self):
            before = self.dead.used + self.values.used
            _grow(&self.dead, self.dead.mask + 1, now)
            _grow(&self.values, self.values.mask + 1, now)
            memset(self.kinds, 0, sizeof(self.kinds))
            _count(&self.dead, self.kinds)
            _count(&self.values, self.kinds)
            return before - self.dead.used - self.values.used

    def __len__(self):
        return self.dead.used + self.values.used

    def __repr__(self):
        return f"<Denylist of {len(self)} entries>"
