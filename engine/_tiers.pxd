"""What the extensions use of _tiers.h and _merge.h; see there for the rules."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef extern from "_tiers.h" nogil:
    const uint64_t MZ_FOREVER
    cdef enum:
        MZ_RUNS
    ctypedef struct mz_slot:
        uint64_t low
        uint64_t high
        int64_t value
        uint64_t life
    ctypedef struct mz_table:
        mz_slot* slots
        size_t mask
        size_t used
        uint64_t seed
    ctypedef struct mz_run:
        const uint8_t* filter
        const uint8_t* records
        size_t count
        size_t stride
        int64_t until
        size_t kinds[8]
    ctypedef struct mz_cold:
        mz_run runs[MZ_RUNS]
        int count
        uint64_t seed[4]
        int64_t now
    ctypedef struct mz_tiers:
        mz_table hot
        mz_table old
        size_t moved
        bint frozen
        mz_slot* waste
        size_t waste_bytes
        mz_cold cold
        size_t kinds[8]
    uint64_t mz_load64(const uint8_t* p)
    void mz_table_close(mz_table* t)
    size_t mz_pages_shrink(void* p, size_t bytes, size_t by)
    size_t mz_run_lay(mz_run* run, size_t count, bint values, const uint8_t* base)
    mz_slot mz_record_slot(const mz_run* run, size_t n)
    bint mz_tiers_open(mz_tiers* t, uint64_t seed)
    void mz_tiers_close(mz_tiers* t)
    bint mz_tiers_find(const mz_tiers* t, unsigned int kind, const uint8_t* target, int64_t* value)
    void mz_tiers_prefetch(const mz_tiers* t, unsigned int kind, const uint8_t* target)
    bint mz_tiers_add(mz_tiers* t, mz_slot entry)
    void mz_tiers_move(mz_tiers* t, size_t slots)
    bint mz_tiers_freeze(mz_tiers* t)
    bint mz_tiers_rebuild(
        const mz_tiers* t, const mz_cold* cold, bint left, int64_t now, mz_table* fresh,
        size_t* kinds
    )
    bint mz_tiers_thaw(mz_tiers* t, mz_table* fresh, const size_t* kinds)

cdef extern from "_merge.h" nogil:
    ctypedef struct mz_item:
        pass
    ctypedef struct mz_merge:
        const uint64_t* seed
        int64_t now
        mz_item* items
        mz_cold cold
    ctypedef struct mz_plan:
        size_t count
        int64_t until
        size_t kinds[8]
    bint mz_merge_sort(mz_merge* m, const mz_table* t, const mz_cold* runs)
    void mz_merge_plan(mz_merge* m, mz_plan* plans)
    void mz_merge_write(mz_merge* m, mz_run* runs)
