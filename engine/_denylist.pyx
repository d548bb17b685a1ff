"""The denylist on every verify's path: tables of what was revoked lately, runs of the rest.

Same class as `_denylist_py.py`, which is the specification; `_tiers.h` says how the tiers work.

A table may move when an entry is added, so every method holds the object's critical section
(the GIL, or its own lock where there is none); who reads the tables from C must hold it too.
`prune`, `adopt` and merging work on frozen tables and let go of it meanwhile: one at a time.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset

from engine._tiers cimport (
    MZ_FOREVER, MZ_RUNS, mz_load64, mz_pages_shrink, mz_record_slot, mz_run, mz_run_lay, mz_slot,
    mz_table, mz_table_close, mz_tiers_add, mz_tiers_close, mz_tiers_freeze, mz_tiers_move,
    mz_tiers_open, mz_tiers_rebuild, mz_tiers_thaw,
)

import secrets

cdef enum:
    _SLOTS = 16384  # moved under the lock at a time


cdef const uint8_t* _target(bytes target) except NULL:
    if target is None or PyBytes_GET_SIZE(target) != 16:
        raise ValueError("a revocation target is exactly 16 bytes")
    return <const uint8_t*>PyBytes_AS_STRING(target)


cdef int _read_cold(mz_cold* dead, mz_cold* values, snapshot, const uint8_t[::1] view) except -1:
    """The runs of a snapshot, all of which must lie in its memory."""
    cdef mz_cold* cold
    cdef mz_run* run
    cdef size_t offset, bytes_
    cdef bytes seed = snapshot.seed
    cdef int i
    memset(dead, 0, sizeof(mz_cold))
    memset(values, 0, sizeof(mz_cold))
    if len(seed) != 32:
        raise ValueError("a seed is 32 bytes")
    for i in range(4):
        dead.seed[i] = mz_load64(<const uint8_t*>PyBytes_AS_STRING(seed) + 8 * i)
        values.seed[i] = dead.seed[i]
    dead.now = values.now = snapshot.now
    for offset, values_, count, until, kinds in snapshot.runs:
        cold = values if values_ else dead
        if cold.count == MZ_RUNS or not 0 < count < 1 << 32:
            raise ValueError("no such runs")
        run = &cold.runs[cold.count]
        bytes_ = mz_run_lay(run, count, values_, NULL)
        if offset > <size_t>view.shape[0] or bytes_ > <size_t>view.shape[0] - offset:
            raise ValueError("a run ends behind the snapshot")
        mz_run_lay(run, count, values_, &view[0] + offset)
        run.until = until
        for i in range(8):
            run.kinds[i] = kinds[i]
        cold.count += 1
    return 0


cdef size_t _forget_cold(mz_cold* cold, int64_t now) noexcept nogil:
    """Leave out runs in which everything has expired; how many entries they had."""
    cdef size_t forgotten = 0
    cdef int i, kept = 0
    cold.now = max(cold.now, now)
    for i in range(cold.count):
        if cold.runs[i].until <= now:
            forgotten += cold.runs[i].count
        else:
            cold.runs[kept] = cold.runs[i]
            kept += 1
    cold.count = kept
    return forgotten


cdef int _entries(const mz_tiers* tiers, list found) except -1:
    """Append the entries of a frozen table and of the runs; one may be in both."""
    cdef size_t i
    cdef int n
    cdef mz_slot slot
    for i in range(tiers.old.mask + 1):
        if tiers.old.slots[i].life:
            _append(&tiers.old.slots[i], found)
    for n in range(tiers.cold.count):
        for i in range(tiers.cold.runs[n].count):
            slot = mz_record_slot(&tiers.cold.runs[n], i)
            if <int64_t>(slot.life >> 3) > tiers.cold.now:
                _append(&slot, found)
    return 0


cdef int _append(const mz_slot* slot, list found) except -1:
    cdef char target[16]
    memcpy(target, &slot.low, 8)
    memcpy(target + 8, &slot.high, 8)
    found.append((slot.life & 7, target[:16], slot.value, slot.life >> 3))
    return 0


# Not cleared by the collector: what a snapshot's memory is kept by goes when the pointers go.
@cython.no_gc_clear
cdef class Denylist:
    """What is revoked, answered from memory."""

    def __cinit__(self):
        if not mz_tiers_open(&self.dead, secrets.randbits(64)):
            raise MemoryError()
        if not mz_tiers_open(&self.values, secrets.randbits(64)):
            raise MemoryError()

    def __dealloc__(self):
        mz_tiers_close(&self.dead)
        mz_tiers_close(&self.values)

    cdef void count(self) noexcept nogil:
        """Add up what each tier has of each kind."""
        cdef int kind, i
        for kind in range(8):
            self.kinds[kind] = self.dead.kinds[kind] + self.values.kinds[kind]
            for i in range(self.dead.cold.count):
                self.kinds[kind] += self.dead.cold.runs[i].kinds[kind]
            for i in range(self.values.cold.count):
                self.kinds[kind] += self.values.cold.runs[i].kinds[kind]

    cdef bint has_any(self) noexcept nogil:
        """Whether any `value` would answer otherwise than -1."""
        return self.kinds[4] + self.kinds[5] + self.kinds[6] + self.kinds[7] != 0

    def add(self, int kind, bytes target not None, int64_t value, int64_t expires_at):
        cdef const uint8_t* wanted = _target(target)
        cdef mz_tiers* tiers
        cdef mz_slot entry
        if not 1 <= kind <= 7:
            raise ValueError(f"unknown kind of revocation: {kind}")
        if value < 0 or expires_at < 0:
            raise ValueError("value and expires_at are not negative")
        entry.low, entry.high = mz_load64(wanted), mz_load64(wanted + 8)
        entry.value = value if kind > BLOCK else 0
        entry.life = <uint64_t>min(expires_at, <int64_t>MZ_FOREVER) << 3 | <uint64_t>kind
        with cython.critical_section(self):
            tiers = &self.dead if kind <= BLOCK else &self.values
            self.kinds[kind] -= tiers.kinds[kind]
            added = mz_tiers_add(tiers, entry)
            self.kinds[kind] += tiers.kinds[kind]
            if not added:
                raise MemoryError()

    def is_dead(self, int kind, bytes target not None):
        cdef const uint8_t* wanted = _target(target)
        if not KEY <= kind <= BLOCK:
            return False
        with cython.critical_section(self):
            return denied(&self.dead, <uint8_t>kind, wanted)

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
        return self.has_any()

    @property
    def exact(self):
        cdef size_t total = 0
        cdef int kind
        for kind in range(8):
            total += self.dead.kinds[kind] + self.values.kinds[kind]
        return total

    @property
    def adopted(self):
        return self.snapshot

    @property
    def pruned(self):
        return self.dead.cold.now

    cdef bint freeze(self) except -1:
        """Freeze the tables; False where another thread has."""
        cdef bint done = False
        with cython.critical_section(self):
            if self.busy:
                return False
            self.busy = True
        while not done:
            with cython.critical_section(self):
                mz_tiers_move(&self.dead, _SLOTS)
                mz_tiers_move(&self.values, _SLOTS)
                done = self.dead.old.slots == NULL and self.values.old.slots == NULL
                if done and not (mz_tiers_freeze(&self.dead) and mz_tiers_freeze(&self.values)):
                    self.thaw()
                    raise MemoryError()
            with nogil:  # let others in
                pass
        return True

    cdef int must_freeze(self) except -1:
        if not self.freeze():
            raise RuntimeError("the denylist is being merged, pruned or adopting in another thread")
        return 0

    cdef int thaw(self) except -1:
        """Join again what was not rebuilt."""
        cdef bint joined = True
        with cython.critical_section(self):
            if self.dead.frozen:
                joined = mz_tiers_thaw(&self.dead, NULL, NULL)
            if self.values.frozen:
                joined = mz_tiers_thaw(&self.values, NULL, NULL) and joined
            self.busy = False
        if not joined:
            raise MemoryError()
        return 0

    cdef Py_ssize_t renew(
        self, const mz_cold* cover, const mz_cold* cold, bint left, int64_t now, snapshot, view
    ) except -1:
        """Thaw with these runs, and tables without what expired by `now` or `cover` has; how many
        entries of the tables were not kept. Pointers are to two: for `dead` and for `values`."""
        cdef mz_table fresh[2]
        cdef size_t kinds[2][8]
        cdef mz_slot* waste[2]
        cdef size_t sizes[2]
        cdef Py_ssize_t forgotten
        cdef bint done
        with nogil:
            done = mz_tiers_rebuild(&self.dead, &cover[0], left, now, &fresh[0], kinds[0])
            if done and not mz_tiers_rebuild(
                &self.values, &cover[1], left, now, &fresh[1], kinds[1]
            ):
                mz_table_close(&fresh[0])
                done = False
        if not done:
            self.thaw()
            raise MemoryError()
        with cython.critical_section(self):
            forgotten = self.dead.old.used + self.values.old.used - fresh[0].used - fresh[1].used
            forgotten = max(forgotten, 0)  # what was left in other runs may be more
            self.dead.cold, self.values.cold = cold[0], cold[1]
            done = mz_tiers_thaw(&self.dead, &fresh[0], kinds[0])
            done = mz_tiers_thaw(&self.values, &fresh[1], kinds[1]) and done
            waste[0], sizes[0] = self.dead.waste, self.dead.waste_bytes
            waste[1], sizes[1] = self.values.waste, self.values.waste_bytes
            self.dead.waste = self.values.waste = NULL
            self.dead.waste_bytes = self.values.waste_bytes = 0
            self.count()
            self.snapshot, self.view = snapshot, view
            self.busy = False
        with nogil:
            mz_pages_shrink(waste[0], sizes[0], sizes[0])
            mz_pages_shrink(waste[1], sizes[1], sizes[1])
        if not done:
            raise MemoryError()
        return forgotten

    def prune(self, int64_t now):
        cdef mz_cold none[2]
        cdef mz_cold cold[2]
        cdef size_t forgotten
        if not self.freeze():
            return 0
        memset(none, 0, sizeof(none))
        cold[0], cold[1] = self.dead.cold, self.values.cold
        forgotten = _forget_cold(&cold[0], now) + _forget_cold(&cold[1], now)
        return forgotten + self.renew(none, cold, False, now, self.snapshot, self.view)

    def adopt(self, snapshot):
        cdef mz_cold cold[2]
        cdef const uint8_t[::1] view = snapshot.data
        cdef int64_t now
        _read_cold(&cold[0], &cold[1], snapshot, view)
        self.must_freeze()
        known = self.snapshot
        try:
            left = known is not None and known.digest not in (snapshot.previous, snapshot.digest)
        except:
            self.thaw()
            raise
        now = max(cold[0].now, self.dead.cold.now)
        _forget_cold(&cold[0], now)
        _forget_cold(&cold[1], now)
        self.renew(cold, cold, left, now, snapshot, view)

    def entries(self):
        cdef list found = []
        self.must_freeze()
        try:
            _entries(&self.dead, found)
            _entries(&self.values, found)
        finally:
            self.thaw()
        return found

    def __len__(self):
        cdef size_t total = 0
        cdef int kind
        for kind in range(8):
            total += self.kinds[kind]
        return total

    def __repr__(self):
        return f"<Denylist of {len(self)} entries>"
