/* A frozen table and the present runs, merged into new runs. Same as `_compaction_py.py`.
 *
 * Twice over the same entries in the order of their mixes: once to count, and once to write, as each
 * run's length decides where its parts lie. Only what is not in a run yet has to be sorted.
 */
#ifndef MARZIPAN_MERGE_H
#define MARZIPAN_MERGE_H

#include "_tiers.h"

#define MZ_DAY 86400

typedef struct {
    uint64_t mix;
    mz_slot slot;
} mz_item;

typedef struct {
    const uint64_t *seed;
    int64_t now;
    mz_item *items; /* sorted */
    size_t count;
    mz_cold cold; /* the runs that are in this order already */
    size_t at;
    size_t read[MZ_RUNS]; /* records of each run */
    mz_item heads[MZ_RUNS + 1];
    int live[MZ_RUNS + 1];
} mz_merge;

/* What a run will be, before it is written. */
typedef struct {
    size_t count;
    int64_t until;
    size_t kinds[8];
} mz_plan;

static inline int mz_before(const mz_item *a, const mz_item *b) {
    if (a->mix != b->mix) return a->mix < b->mix;
    if (mz_kind(&a->slot) != mz_kind(&b->slot)) return mz_kind(&a->slot) < mz_kind(&b->slot);
    if (a->slot.low != b->slot.low) return a->slot.low < b->slot.low;
    return a->slot.high < b->slot.high;
}

static inline mz_item mz_item_of(const mz_merge *m, const mz_slot *s) {
    mz_item made = {mz_mix(m->seed, mz_kind(s), s->low, s->high), *s};
    return made;
}

/* Every entry to be sorted, one after the other: those of the table, and those of `runs`. */
static inline int mz_each(const mz_table *t, const mz_cold *runs, int64_t now, size_t *place,
                          mz_slot *out) {
    size_t at = *place;
    for (; at <= t->mask; at++)
        if (t->slots[at].life && mz_until(&t->slots[at]) > now) {
            *out = t->slots[at];
            *place = at + 1;
            return 1;
        }
    size_t behind = at - t->mask - 1;
    for (int i = 0; i < runs->count; i++) {
        const mz_run *run = &runs->runs[i];
        for (; behind < run->count; behind++, at++) {
            *out = mz_record_slot(run, behind);
            if (mz_until(out) <= now) continue;
            *place = at + 1;
            return 1;
        }
        behind -= run->count;
    }
    *place = at;
    return 0;
}

/* Sort what is not sorted yet, by a bin for every few entries; 0 where there is no memory. */
static inline int mz_merge_sort(mz_merge *m, const mz_table *t, const mz_cold *runs) {
    int bits = 1;
    size_t place = 0, total = 0;
    size_t *bins;
    mz_slot s;
    while (mz_each(t, runs, m->now, &place, &s)) total++;
    while (bits < 30 && total >> bits > 8) bits++;
    bins = (size_t *)calloc(((size_t)1 << bits) + 1, sizeof *bins);
    m->items = (mz_item *)malloc((total + 1) * sizeof *m->items);
    m->count = total;
    if (bins == NULL || m->items == NULL) {
        free(bins);
        return 0;
    }
    for (place = 0; mz_each(t, runs, m->now, &place, &s);)
        bins[(mz_item_of(m, &s).mix >> (64 - bits)) + 1]++;
    for (size_t i = 1; i >> bits == 0; i++) bins[i] += bins[i - 1];
    for (place = 0; mz_each(t, runs, m->now, &place, &s);) {
        mz_item item = mz_item_of(m, &s);
        m->items[bins[item.mix >> (64 - bits)]++] = item;
    }
    free(bins);
    for (size_t i = 1; i < total; i++) { /* none is further than its bin from its place */
        mz_item item = m->items[i];
        size_t to = i;
        for (; to && mz_before(&item, &m->items[to - 1]); to--) m->items[to] = m->items[to - 1];
        m->items[to] = item;
    }
    return 1;
}

static inline void mz_merge_pull(mz_merge *m, int i) {
    m->live[i] = 0;
    if (i == m->cold.count) {
        if (m->at < m->count) m->heads[i] = m->items[m->at++], m->live[i] = 1;
        return;
    }
    const mz_run *run = &m->cold.runs[i];
    while (!m->live[i] && m->read[i] < run->count) {
        mz_slot s = mz_record_slot(run, m->read[i]++);
        if (mz_until(&s) > m->now) m->heads[i] = mz_item_of(m, &s), m->live[i] = 1;
    }
}

static inline void mz_merge_begin(mz_merge *m) {
    m->at = 0;
    memset(m->read, 0, sizeof m->read);
    for (int i = 0; i <= m->cold.count; i++) mz_merge_pull(m, i);
}

/* The next entry, as strong as the strongest of its kind and target; 0 at the end. */
static inline int mz_merge_next(mz_merge *m, mz_item *out) {
    int first = -1;
    for (int i = 0; i <= m->cold.count; i++)
        if (m->live[i] && (first < 0 || mz_before(&m->heads[i], &m->heads[first]))) first = i;
    if (first < 0) return 0;
    *out = m->heads[first];
    mz_merge_pull(m, first);
    for (int i = 0; i <= m->cold.count; i++)
        while (m->live[i] && !mz_before(out, &m->heads[i])) {
            mz_strengthen(&out->slot, m->heads[i].slot.value, m->heads[i].slot.life);
            mz_merge_pull(m, i);
        }
    return 1;
}

/* In which run an entry belongs, by when it expires. */
static inline int mz_span(const mz_slot *s, int64_t now) {
    int64_t left = mz_until(s) - now;
    return left <= 2 * MZ_DAY ? 0 : left <= 8 * MZ_DAY ? 1 : 2;
}

static inline void mz_merge_plan(mz_merge *m, mz_plan plans[MZ_RUNS]) {
    mz_item item;
    memset(plans, 0, MZ_RUNS * sizeof *plans);
    for (mz_merge_begin(m); mz_merge_next(m, &item);) {
        mz_plan *plan = &plans[mz_span(&item.slot, m->now)];
        plan->count++;
        plan->kinds[mz_kind(&item.slot)]++;
        if (mz_until(&item.slot) > plan->until) plan->until = mz_until(&item.slot);
    }
}

static inline void mz_store(uint8_t *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}

/* Write the runs into zeroed memory as large as their plans need. */
static inline void mz_merge_write(mz_merge *m, mz_run runs[MZ_RUNS]) {
    mz_item item;
    size_t written[MZ_RUNS] = {0}, filled[MZ_RUNS] = {0};
    for (mz_merge_begin(m); mz_merge_next(m, &item);) {
        int i = mz_span(&item.slot, m->now);
        mz_run *run = &runs[i];
        if (written[i] == run->count) continue; /* a file was changed since it was planned */
        uint8_t *r = (uint8_t *)run->records + written[i] * run->stride;
        uint8_t *directory = (uint8_t *)run->directory;
        for (size_t share = (size_t)(item.mix >> (64 - run->bits)); filled[i] <= share; filled[i]++)
            mz_store(directory + 4 * filled[i], written[i], 4);
        mz_filter_add((uint8_t *)run->filter + mz_filter_at(run->blocks, item.mix), item.mix);
        mz_store(r, item.slot.low, 8);
        mz_store(r + 8, item.slot.high, 8);
        mz_store(r + 16, item.slot.life, 8);
        if (run->stride > 24) mz_store(r + 24, (uint64_t)item.slot.value, 8);
        written[i]++;
    }
    for (int i = 0; i < MZ_RUNS; i++)
        for (; runs[i].count && filled[i] <= (size_t)1 << runs[i].bits; filled[i]++)
            mz_store((uint8_t *)runs[i].directory + 4 * filled[i], written[i], 4);
}

#endif
