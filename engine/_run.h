/* The cold tier: runs of revocations in a mapped file, sorted, each behind a Bloom filter.
 *
 * A run is a filter, a directory and records. Its order is that of a 64-bit mix of kind and target
 * with a secret seed, which is uniform whatever targets were chosen: so the directory, which says
 * where the records of each equal share of all mixes begin, leads to a handful of records. The
 * filter says only that an entry is not there; that one is there, its record says.
 *
 * Filter: split-block Bloom, 256-bit blocks, 8 bits an entry, as in Apache Parquet ("Bloom Filter",
 * parquet-format) after Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters",
 * 2007. Integers are little-endian. Same as `_run_py.py`.
 */
#ifndef MARZIPAN_RUN_H
#define MARZIPAN_RUN_H

#include <stddef.h>
#include <stdint.h>

#if defined(_MSC_VER)
#include <intrin.h>
#endif

#define MZ_RUNS 3         /* at most, of unconditional kinds as of those with values */
#define MZ_FILTER_BLOCK 32

typedef struct {
    const uint8_t *filter;
    const uint8_t *directory;
    const uint8_t *records;
    uint64_t blocks; /* of the filter */
    size_t count;    /* of records */
    size_t stride;   /* bytes of a record: low, high, life, and its value where it has one */
    int bits;        /* of a mix, that the directory looks at */
    int64_t until;   /* when the last of them has expired */
    size_t kinds[8]; /* records by kind */
} mz_run;

typedef struct {
    mz_run runs[MZ_RUNS];
    int count;
    uint64_t seed[4];
    int64_t now; /* records that expired by then are not there */
} mz_cold;

static inline uint64_t mz_load64(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline uint32_t mz_word(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The two halves of the product, one over the other. */
static inline uint64_t mz_folded(uint64_t a, uint64_t b) {
#if defined(_MSC_VER)
    uint64_t high, low = _umul128(a, b, &high);
    return low ^ high;
#else
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#endif
}

static inline uint64_t mz_mix(const uint64_t seed[4], unsigned kind, uint64_t low, uint64_t high) {
    uint64_t mixed = mz_folded(low ^ seed[0], high ^ seed[1]);
    return mz_folded(mixed ^ seed[2], seed[3] + kind * UINT64_C(0x9E3779B97F4A7C15));
}

static const uint32_t MZ_SALTS[8] = {0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D,
                                     0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31};

static inline size_t mz_filter_at(uint64_t blocks, uint64_t mix) {
    return (size_t)(((mix >> 32) * blocks) >> 32) * MZ_FILTER_BLOCK;
}

static inline int mz_filter_has(const uint8_t *block, uint64_t mix) {
    uint32_t missing = 0;
    for (int i = 0; i < 8; i++) {
        uint32_t bit = UINT32_C(1) << ((uint32_t)mix * MZ_SALTS[i] >> 27);
        missing |= bit & ~mz_word(block + 4 * i);
    }
    return !missing;
}

static inline void mz_filter_add(uint8_t *block, uint64_t mix) {
    for (int i = 0; i < 8; i++) {
        uint32_t bit = (uint32_t)mix * MZ_SALTS[i] >> 27;
        block[4 * i + bit / 8] |= (uint8_t)(1 << bit % 8);
    }
}

static inline uint64_t mz_record_life(const uint8_t *r) { return mz_load64(r + 16); }

static inline int64_t mz_record_value(const uint8_t *r, size_t stride) {
    return stride > 24 ? (int64_t)mz_load64(r + 24) : 0;
}

/* How many bytes a run of so many records takes; with `base`, where its parts lie from there on. */
static inline size_t mz_run_lay(mz_run *run, size_t count, int values, const uint8_t *base) {
    run->count = count;
    run->stride = values ? 32 : 24;
    run->blocks = (count + 15) / 16;
    run->bits = 1;
    while (count >> run->bits >= 8) run->bits++;
    size_t directory = run->blocks * MZ_FILTER_BLOCK;
    size_t records = (directory + 4 * (((size_t)1 << run->bits) + 1) + 7) & ~(size_t)7;
    if (base != NULL) {
        run->filter = base;
        run->directory = base + directory;
        run->records = base + records;
    }
    return (records + count * run->stride + 63) & ~(size_t)63;
}

/* What the file says is held to the run's bounds: whoever can write to it could change it later. */
static inline const uint8_t *mz_run_find(const mz_run *run, uint64_t mix, unsigned kind,
                                         uint64_t low, uint64_t high) {
    if (!mz_filter_has(run->filter + mz_filter_at(run->blocks, mix), mix)) return NULL;
    const uint8_t *place = run->directory + 4 * (mix >> (64 - run->bits));
    size_t at = mz_word(place), end = mz_word(place + 4);
    if (end > run->count) end = run->count;
    for (; at < end; at++) {
        const uint8_t *r = run->records + at * run->stride;
        if (mz_load64(r) == low && mz_load64(r + 8) == high && (mz_record_life(r) & 7) == kind)
            return r;
    }
    return NULL;
}

/* The record of an entry that has not expired, and its value, or NULL. */
static inline const uint8_t *mz_cold_find(const mz_cold *cold, unsigned kind, uint64_t low,
                                          uint64_t high, int64_t *value) {
    if (!cold->count) return NULL;
    uint64_t mix = mz_mix(cold->seed, kind, low, high);
    for (int i = 0; i < cold->count; i++) {
        const uint8_t *r = mz_run_find(&cold->runs[i], mix, kind, low, high);
        if (r != NULL && (int64_t)(mz_record_life(r) >> 3) > cold->now) {
            *value = mz_record_value(r, cold->runs[i].stride);
            return r;
        }
    }
    return NULL;
}

#endif
