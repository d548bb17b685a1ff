"""What a denylist holds, merged into the runs of a snapshot. Same as `_compaction_py.py`.

Runs without the denylist's lock and without the GIL, over its frozen tables; `_merge.h` says how.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcmp, memset

from engine._denylist cimport Denylist
from engine._tiers cimport (
    MZ_RUNS, mz_cold, mz_load64, mz_merge, mz_merge_plan, mz_merge_sort, mz_merge_write, mz_plan,
    mz_run, mz_run_lay, mz_tiers,
)


cdef int _merge(const mz_tiers* tiers, bint values, const uint64_t* seed, int64_t now, list made) except -1:
    """Append the runs of one pair of tiers."""
    cdef mz_merge merging
    cdef mz_plan plans[MZ_RUNS]
    cdef mz_run runs[MZ_RUNS]
    cdef mz_cold unsorted
    cdef size_t sizes[MZ_RUNS]
    cdef bint done
    cdef int i
    cdef bytes data
    memset(&merging, 0, sizeof(merging))
    memset(&unsorted, 0, sizeof(unsorted))
    memset(runs, 0, sizeof(runs))
    merging.seed, merging.now = seed, now
    if memcmp(seed, tiers.cold.seed, 32) == 0:
        merging.cold = tiers.cold
    else:  # the runs are in another order
        unsorted = tiers.cold
    try:
        with nogil:
            done = mz_merge_sort(&merging, &tiers.old, &unsorted)
            if done:
                mz_merge_plan(&merging, plans)
        if not done:
            raise MemoryError()
        for i in range(MZ_RUNS):
            if plans[i].count:
                if plans[i].count >> 32:
                    raise OverflowError("a run has at most 2^32 - 1 entries")
                sizes[i] = mz_run_lay(&runs[i], plans[i].count, values, NULL)
                data = PyBytes_FromStringAndSize(NULL, sizes[i])
                mz_run_lay(&runs[i], plans[i].count, values, <const uint8_t*>PyBytes_AS_STRING(data))
                made.append((values, plans[i].count, plans[i].until, plans[i].kinds, data))
        with nogil:
            for i in range(MZ_RUNS):
                if runs[i].count:
                    memset(<void*>runs[i].filter, 0, sizes[i])
            mz_merge_write(&merging, runs)
    finally:
        free(merging.items)
    return 0


def merge(Denylist denylist not None, bytes seed not None, int64_t now):
    """The runs, each as (values, count, until, kinds, data), of all that expires after now."""
    cdef uint64_t seeds[4]
    cdef list made = []
    cdef int i
    if PyBytes_GET_SIZE(seed) != 32 or now < 0:
        raise ValueError("a seed is 32 bytes, and now is not negative")
    for i in range(4):
        seeds[i] = mz_load64(<const uint8_t*>PyBytes_AS_STRING(seed) + 8 * i)
    denylist.must_freeze()
    try:
        _merge(&denylist.dead, False, seeds, now, made)
        _merge(&denylist.values, True, seeds, now, made)
    finally:
        denylist.thaw()
    return made
