/* An open-addressing table of revocations: linear probing, at most 5/8 full, nothing ever deleted.
 *
 * Holders choose the nonces of their blocks, so they can search for revocation ids that look alike:
 * a place depends on a secret of the table, so that nobody can fill one neighbourhood and slow its
 * lookups.
 *
 * Nearly all lookups find nothing. Behind the slots lies a filter of eight bits for each, of which
 * an entry sets one at the place where its search begins: where the bit is not set, no slot is read,
 * of which how many it would be no processor could foresee.
 */
#ifndef MARZIPAN_TABLE_H
#define MARZIPAN_TABLE_H

#include <stdint.h>
#include <string.h>

#include "_pages.h"

#ifdef __GNUC__
#define mz_prefetch(p) __builtin_prefetch(p)
#else
#define mz_prefetch(p) ((void)(p))
#endif

#define MZ_FOREVER ((uint64_t)1 << 40) /* the greatest expiry kept, the year 36,812 */
#define MZ_SUNSET 7                    /* of these the least value is the strongest */
#define MZ_VALUES 4                    /* the first kind whose value says anything */
#define MZ_LEAST 64

typedef struct {
    uint64_t low;
    uint64_t high;
    int64_t value;
    uint64_t life; /* expires_at * 8 + kind, 0: free */
} mz_slot;

typedef struct {
    mz_slot *slots;
    size_t mask;
    size_t used;
    uint64_t seed;
} mz_table;

static inline unsigned mz_kind(const mz_slot *s) { return (unsigned)(s->life & 7); }
static inline int64_t mz_until(const mz_slot *s) { return (int64_t)(s->life >> 3); }

static inline int mz_stronger(unsigned kind, int64_t a, int64_t b) {
    return kind == MZ_SUNSET ? a < b : a > b;
}

/* Make an entry as strong as another of the same kind and target is. */
static inline void mz_strengthen(mz_slot *s, int64_t value, uint64_t life) {
    if (life > s->life) s->life = life;
    if (mz_stronger(mz_kind(s), value, s->value)) s->value = value;
}

static inline uint64_t mz_table_mix(const mz_table *t, unsigned kind, uint64_t low, uint64_t high) {
    uint64_t mixed = (low ^ t->seed) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 29 ^ high ^ kind) * (t->seed | 1);
    return mixed ^ mixed >> 32;
}

/* Where in the filter an entry's bit is, and which it is. */
static inline uint8_t *mz_table_filter(const mz_table *t, uint64_t mix) {
    return (uint8_t *)(t->slots + t->mask + 1) + ((size_t)mix & t->mask);
}

static inline uint8_t mz_table_bit(uint64_t mix) { return (uint8_t)(1u << (mix >> 61)); }

/* From where a search begins: the entry's slot, or the free one where it belongs. */
static inline mz_slot *mz_table_search(const mz_table *t, uint64_t mix, unsigned kind, uint64_t low,
                                       uint64_t high) {
    size_t at = (size_t)mix & t->mask;
    mz_slot *s = &t->slots[at];
    while (s->life && !(s->low == low && s->high == high && mz_kind(s) == kind)) {
        at = (at + 1) & t->mask;
        s = &t->slots[at];
    }
    return s;
}

static inline mz_slot *mz_table_find(const mz_table *t, unsigned kind, uint64_t low, uint64_t high) {
    return mz_table_search(t, mz_table_mix(t, kind, low, high), kind, low, high);
}

/* The entry's slot, or NULL. */
static inline mz_slot *mz_table_get(const mz_table *t, unsigned kind, uint64_t low, uint64_t high) {
    uint64_t mix = mz_table_mix(t, kind, low, high);
    if (!(*mz_table_filter(t, mix) & mz_table_bit(mix))) return NULL;
    mz_slot *s = mz_table_search(t, mix, kind, low, high);
    return s->life ? s : NULL;
}

/* Write an entry into the slot that was found for it. */
static inline void mz_table_set(mz_table *t, mz_slot *slot, const mz_slot *entry) {
    uint64_t mix = mz_table_mix(t, mz_kind(entry), entry->low, entry->high);
    *mz_table_filter(t, mix) |= mz_table_bit(mix);
    *slot = *entry;
}

static inline size_t mz_table_size(const mz_table *t) { return t->mask + 1; }
static inline size_t mz_table_bytes(const mz_table *t) {
    return (t->mask + 1) * (sizeof(mz_slot) + 1);
}

static inline int mz_table_holds(const mz_table *t, size_t entries) {
    return entries <= mz_table_size(t) / 8 * 5;
}

/* An empty table of `size` slots, a power of two from MZ_LEAST on; 0 where there is no memory. */
static inline int mz_table_open(mz_table *t, size_t size, uint64_t seed) {
    t->slots = (mz_slot *)mz_pages_new(size * (sizeof(mz_slot) + 1));
    t->mask = size - 1;
    t->used = 0;
    t->seed = seed;
    return t->slots != NULL;
}

static inline void mz_table_close(mz_table *t) {
    if (t->slots != NULL) mz_pages_shrink(t->slots, mz_table_bytes(t), mz_table_bytes(t));
    t->slots = NULL;
}

/* Rebuild at another size, all at once; 0 where there is no memory, and nothing has changed. */
static inline int mz_table_resize(mz_table *t, size_t size) {
    mz_table fresh;
    if (!mz_table_open(&fresh, size, t->seed)) return 0;
    for (size_t i = 0; i <= t->mask; i++) {
        const mz_slot *s = &t->slots[i];
        if (s->life) mz_table_set(&fresh, mz_table_find(&fresh, mz_kind(s), s->low, s->high), s);
    }
    fresh.used = t->used;
    mz_table_close(t);
    *t = fresh;
    return 1;
}

/* Have room for so many entries; 0 where there is no memory, and nothing has changed. */
static inline int mz_table_reserve(mz_table *t, size_t entries) {
    size_t size = mz_table_size(t);
    while (entries > size / 8 * 5) size *= 2;
    return size == mz_table_size(t) || mz_table_resize(t, size);
}

/* Add an entry or strengthen the one that is there: 1 new, 0 not new, -1 no memory. */
static inline int mz_table_put(mz_table *t, const mz_slot *entry) {
    if (!mz_table_holds(t, t->used + 1) && !mz_table_resize(t, mz_table_size(t) * 2)) return -1;
    mz_slot *s = mz_table_find(t, mz_kind(entry), entry->low, entry->high);
    if (s->life) {
        mz_strengthen(s, entry->value, entry->life);
        return 0;
    }
    mz_table_set(t, s, entry);
    t->used++;
    return 1;
}

#endif
