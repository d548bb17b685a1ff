/* A denylist's two tiers: a table of what was revoked lately, and runs of what was before.
 *
 * The table never moves all at once. When it is full, a table of twice the size takes its place and
 * every entry added moves some of the old one's; an old table is never written to, and its entries
 * count from `moved` on. The same pair lets whoever merges or prunes read without the lock: the
 * table is frozen as `old`, what is added meanwhile goes into another, and then they are joined.
 *
 * An entry in the table is always at least as strong as the one of its kind and target in the runs.
 * All but `mz_tiers_rebuild` needs the denylist's lock.
 */
#ifndef MARZIPAN_TIERS_H
#define MARZIPAN_TIERS_H

#include "_run.h"
#include "_table.h"

#define MZ_MOVES 16        /* slots of the old table for every entry added; see mz_tiers_add */
#define MZ_MEANWHILE 65536 /* slots at first for what is added while a table is frozen */
#define MZ_JOINED 4096     /* entries that are put into another table at once */

typedef struct {
    mz_table hot;
    mz_table old; /* slots is NULL where there is none */
    size_t moved;
    int frozen;
    mz_slot *waste; /* an old table's memory, given back by and by */
    size_t waste_bytes;
    mz_cold cold;
    size_t kinds[8]; /* entries in the tables, by kind */
} mz_tiers;

static inline int mz_tiers_open(mz_tiers *t, uint64_t seed) {
    memset(t, 0, sizeof *t);
    return mz_table_open(&t->hot, MZ_LEAST, seed);
}

static inline void mz_tiers_clean(mz_tiers *t, size_t bytes) {
    if (t->waste != NULL) t->waste_bytes = mz_pages_shrink(t->waste, t->waste_bytes, bytes);
    if (!t->waste_bytes) t->waste = NULL;
}

static inline void mz_tiers_close(mz_tiers *t) {
    mz_table_close(&t->hot);
    mz_table_close(&t->old);
    mz_tiers_clean(t, t->waste_bytes);
}

static inline void mz_tiers_waste(mz_tiers *t, mz_table *table) {
    mz_tiers_clean(t, t->waste_bytes);
    t->waste = table->slots;
    t->waste_bytes = mz_table_bytes(table);
    table->slots = NULL;
}

/* The entry in the tables, or NULL. */
static inline mz_slot *mz_tiers_hot(const mz_tiers *t, unsigned kind, uint64_t low, uint64_t high) {
    mz_slot *s = mz_table_get(&t->hot, kind, low, high);
    if (s != NULL || t->old.slots == NULL) return s;
    s = mz_table_get(&t->old, kind, low, high);
    return s != NULL && (size_t)(s - t->old.slots) >= t->moved ? s : NULL;
}

/* Whether there is an entry, and its value. */
static inline int mz_tiers_find(const mz_tiers *t, unsigned kind, const uint8_t *target,
                                int64_t *value) {
    uint64_t low = mz_load64(target), high = mz_load64(target + 8);
    const mz_slot *s = mz_tiers_hot(t, kind, low, high);
    if (s == NULL) return mz_cold_find(&t->cold, kind, low, high, value) != NULL;
    *value = s->value;
    return 1;
}

/* Have memory bring what `mz_tiers_find` will look at. */
static inline void mz_tiers_prefetch(const mz_tiers *t, unsigned kind, const uint8_t *target) {
    uint64_t low = mz_load64(target), high = mz_load64(target + 8);
    mz_prefetch(mz_table_filter(&t->hot, mz_table_mix(&t->hot, kind, low, high)));
    if (t->old.slots != NULL)
        mz_prefetch(mz_table_filter(&t->old, mz_table_mix(&t->old, kind, low, high)));
    if (!t->cold.count) return;
    uint64_t mix = mz_mix(t->cold.seed, kind, low, high);
    for (int i = 0; i < t->cold.count; i++)
        mz_prefetch(t->cold.runs[i].filter + mz_filter_at(t->cold.runs[i].blocks, mix));
}

static inline int mz_covers(unsigned kind, int64_t value, uint64_t life, const mz_slot *s) {
    return life >= s->life && !mz_stronger(kind, s->value, value);
}

/* Go on with what is under way, over some slots. */
static inline void mz_tiers_move(mz_tiers *t, size_t slots) {
    mz_tiers_clean(t, MZ_PORTION);
    if (t->old.slots == NULL || t->frozen) return;
    while (slots-- && t->moved <= t->old.mask) {
        const mz_slot *s = &t->old.slots[t->moved++];
        if (!s->life) continue;
        mz_slot *to = mz_table_find(&t->hot, mz_kind(s), s->low, s->high);
        if (to->life) continue; /* added again since, and so at least as strong */
        mz_table_set(&t->hot, to, s);
        t->hot.used++;
    }
    if (t->moved > t->old.mask) mz_tiers_waste(t, &t->old);
}

/* Room for one entry more; 0 where there is no memory. What is full holds 5/8 of its N slots, and is
 * moved after N / 16 entries, when one of 2 N slots is 11/32 full. */
static inline int mz_tiers_room(mz_tiers *t) {
    mz_table fresh;
    if (mz_table_holds(&t->hot, t->hot.used + 1)) return 1;
    if (t->old.slots != NULL) return mz_table_resize(&t->hot, mz_table_size(&t->hot) * 2);
    if (!mz_table_open(&fresh, mz_table_size(&t->hot) * 2, t->hot.seed)) return 0;
    t->old = t->hot;
    t->hot = fresh;
    t->moved = 0;
    return 1;
}

/* Add an entry, or make the standing one as strong; 0 where there is no memory. */
static inline int mz_tiers_add(mz_tiers *t, mz_slot entry) {
    unsigned kind = mz_kind(&entry);
    int64_t value = 0;
    mz_tiers_move(t, MZ_MOVES);
    mz_slot *s = mz_table_find(&t->hot, kind, entry.low, entry.high);
    if (s->life) {
        mz_strengthen(s, entry.value, entry.life);
        return 1;
    }
    s = mz_tiers_hot(t, kind, entry.low, entry.high);
    if (s != NULL) {
        mz_strengthen(&entry, s->value, s->life);
    } else {
        const uint8_t *r = mz_cold_find(&t->cold, kind, entry.low, entry.high, &value);
        if (r != NULL && mz_covers(kind, value, mz_record_life(r), &entry)) return 1;
        if (r != NULL) mz_strengthen(&entry, value, mz_record_life(r));
    }
    if (!mz_tiers_room(t)) return 0;
    mz_table_set(&t->hot, mz_table_find(&t->hot, kind, entry.low, entry.high), &entry);
    t->hot.used++;
    t->kinds[kind] += s == NULL;
    return 1;
}

/* Freeze the table, which must be in one piece; 0 where there is no memory. */
static inline int mz_tiers_freeze(mz_tiers *t) {
    mz_table fresh;
    size_t size = mz_table_size(&t->hot);
    if (size > MZ_MEANWHILE) size = MZ_MEANWHILE;
    if (!mz_table_open(&fresh, size, t->hot.seed)) return 0;
    t->old = t->hot;
    t->hot = fresh;
    t->moved = 0;
    t->frozen = 1;
    return 1;
}

static inline mz_slot mz_record_slot(const mz_run *run, size_t n) {
    const uint8_t *r = run->records + n * run->stride;
    mz_slot made = {mz_load64(r), mz_load64(r + 8), mz_record_value(r, run->stride),
                    mz_record_life(r)};
    return made;
}

static inline int mz_keep(mz_table *fresh, mz_slot entry, const mz_cold *cold, size_t kinds[8]) {
    unsigned kind = mz_kind(&entry);
    int64_t value = 0;
    const uint8_t *r = mz_cold_find(cold, kind, entry.low, entry.high, &value);
    if (r != NULL && mz_covers(kind, value, mz_record_life(r), &entry)) return 1;
    if (r != NULL) mz_strengthen(&entry, value, mz_record_life(r));
    int added = mz_table_put(fresh, &entry);
    kinds[kind] += added == 1;
    return added >= 0;
}

/* A table of what of the frozen one has not expired by `now` and `cold` does not cover, and what of
 * the present runs it does not cover if they are `left` behind; 0 where there is no memory. */
static inline int mz_tiers_rebuild(const mz_tiers *t, const mz_cold *cold, int left, int64_t now,
                                   mz_table *fresh, size_t kinds[8]) {
    size_t size = MZ_LEAST, kept = 0;
    memset(kinds, 0, 8 * sizeof *kinds);
    for (size_t i = 0; !cold->count && i <= t->old.mask; i++)
        kept += t->old.slots[i].life && mz_until(&t->old.slots[i]) > now;
    while (kept > size / 8 * 5) size *= 2;
    if (!mz_table_open(fresh, size, t->old.seed)) return 0;
    for (size_t i = 0; i <= t->old.mask; i++) {
        const mz_slot *s = &t->old.slots[i];
        if (!s->life || mz_until(s) <= now) continue;
        if (!mz_keep(fresh, *s, cold, kinds)) goto full;
    }
    for (int i = 0; left && i < t->cold.count; i++) {
        const mz_run *run = &t->cold.runs[i];
        for (size_t n = 0; n < run->count; n++) {
            mz_slot s = mz_record_slot(run, n);
            if (mz_until(&s) <= now || mz_until(&s) <= t->cold.now) continue;
            if (!mz_keep(fresh, s, cold, kinds)) goto full;
        }
    }
    return 1;
full:
    mz_table_close(fresh);
    return 0;
}

/* Join what was frozen, or what it was rebuilt to, and what was added meanwhile, which `cold` may
 * make stronger. 0 where there is no memory: nothing is lost, only less is tidy. */
static inline int mz_tiers_thaw(mz_tiers *t, mz_table *fresh, const size_t kinds[8]) {
    if (fresh != NULL) {
        mz_tiers_waste(t, &t->old);
        t->old = *fresh;
        memcpy(t->kinds, kinds, sizeof t->kinds);
    }
    for (size_t i = 0; fresh != NULL && i <= t->hot.mask; i++) {
        mz_slot *s = &t->hot.slots[i];
        int64_t value = 0;
        if (!s->life) continue;
        const uint8_t *r = mz_cold_find(&t->cold, mz_kind(s), s->low, s->high, &value);
        if (r != NULL) mz_strengthen(s, value, mz_record_life(r));
        t->kinds[mz_kind(s)] += !mz_table_find(&t->old, mz_kind(s), s->low, s->high)->life;
    }
    t->frozen = 0;
    t->moved = 0;
    if (t->hot.used > MZ_JOINED || !mz_table_holds(&t->old, t->old.used + t->hot.used)) {
        size_t meanwhile = mz_table_size(&t->old) / MZ_MOVES + 1;
        return mz_table_reserve(&t->hot, t->hot.used + t->old.used + meanwhile);
    }
    for (size_t i = 0; i <= t->hot.mask; i++) {
        const mz_slot *s = &t->hot.slots[i];
        if (!s->life) continue;
        mz_slot *to = mz_table_find(&t->old, mz_kind(s), s->low, s->high);
        t->old.used += !to->life;
        mz_table_set(&t->old, to, s);
    }
    mz_table_close(&t->hot);
    t->hot = t->old;
    t->old.slots = NULL;
    return 1;
}

#endif
