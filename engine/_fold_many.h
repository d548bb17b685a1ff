/* The chains of many tokens, folded side by side: a lane takes the next token when its own is
 * done, so that tokens of any length keep all lanes busy. */
#ifndef MARZIPAN_FOLD_MANY_H
#define MARZIPAN_FOLD_MANY_H

#include "_lanes.h"
#include "_token.h"

/* A token whose chain is wanted, and whether it ended in the tail. */
typedef struct {
    mz_token *token;
    const uint8_t *root; /* 32 bytes */
    int matches;
    void *owner; /* the caller's */
} mz_fold;

/* Where one lane stands in its token. */
typedef struct {
    mz_fold *fold; /* NULL: idle */
    int step;      /* 0: header, then the blocks from 1 on, at last the seal */
    const uint8_t *next;
    size_t left; /* bytes of the step's message, the op byte included while `first` */
    int first;
    uint8_t op;
} mz_lane;

static inline void mz_lane_step(mz_lane *lane) {
    const mz_token *t = lane->fold->token;
    mz_view message = {t->tail, 0};
    if (lane->step == 0)
        message = t->header;
    else if (lane->step <= t->blocks)
        message = t->block[lane->step - 1];
    lane->op = lane->step == 0 ? 1 : lane->step <= t->blocks ? 2 : 3;
    lane->next = message.p;
    lane->left = (size_t)message.n + 1;
    lane->first = 1;
}

static inline void mz_lane_begin(mz_lane *lane, mz_fold *fold, mz_lanes *l, int i) {
    lane->fold = fold;
    lane->step = 0;
    for (int w = 0; w < 8; w++) l->cv[w][i] = mz_load32(fold->root + 4 * w);
    mz_lane_step(lane);
}

/* The lane's next 64 bytes, padded, with length and flags. What is copied past the message's end is
 * masked away: copies of a fixed size take no call. */
static inline void mz_lane_load(mz_lane *lane, mz_lanes *l, int i) {
    static const uint64_t kept[16] = {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
    uint8_t *block = l->block[i];
    size_t lead = (size_t)lane->first, size = lane->left < MZ_BLOCK ? lane->left : MZ_BLOCK;
    if (lead) {
        block[0] = lane->op;
        memcpy(block + 1, lane->next, MZ_BLOCK - 1);
    } else
        memcpy(block, lane->next, MZ_BLOCK);
    if (size < MZ_BLOCK) {
        const uint8_t *mask = (const uint8_t *)kept + (MZ_BLOCK - size);
        for (int w = 0; w < MZ_BLOCK; w += 8) {
            uint64_t word, keep;
            memcpy(&word, block + w, 8);
            memcpy(&keep, mask + w, 8);
            word &= keep;
            memcpy(block + w, &word, 8);
        }
    }
    lane->next += size - lead;
    lane->left -= size;
    l->length[i] = (uint32_t)size;
    l->flags[i] = MZ_KEYED_HASH | (lead ? MZ_CHUNK_START : 0) |
                  (lane->left ? 0 : MZ_CHUNK_END | MZ_ROOT);
    lane->first = 0;
}

/* One lane's part of `words` rows, as bytes. */
static inline void mz_lane_output(const uint32_t (*rows)[MZ_LANES], int i, int words, uint8_t *out) {
    for (int w = 0; w < words; w++) mz_store32(out + 4 * w, rows[w][i]);
}

/* After a compression, which left the next key or chaining value in place: go on, and answer
 * whether the lane's token is done. */
static inline int mz_lane_advance(mz_lane *lane, const mz_lanes *l, int i) {
    uint8_t tail[MZ_TAIL];
    mz_token *t = lane->fold->token;
    if (lane->left) return 0;
    if (lane->op == 2) mz_lane_output(l->high, i, 4, t->ids[lane->step - 1]);
    if (lane->step >= t->blocks) {
        t->sealed = lane->op == 3;
        mz_lane_output(l->cv, i, 8, tail);
        lane->fold->matches = !mz_differ(tail, t->tail, MZ_TAIL);
        mz_wipe(tail, sizeof tail);
        if (lane->fold->matches || t->sealed) return 1;
    }
    lane->step++;
    mz_lane_step(lane);
    return 0;
}

/* Fold every chain. Requires headers of one chunk, and 64 readable bytes behind every token. */
static inline void mz_fold_many(const mz_wide_kernel *kernel, mz_fold *folds, size_t count) {
    mz_lanes l;
    mz_lane lanes[MZ_LANES];
    size_t next = 0, busy = 0;
    if (kernel->name == NULL) {
        for (; next < count; next++)
            folds[next].matches = mz_token_fold(folds[next].token, folds[next].root);
        return;
    }
    memset(&l, 0, sizeof l);
    for (int i = 0; i < kernel->lanes; i++) {
        lanes[i].fold = NULL;
        if (next < count) {
            mz_lane_begin(&lanes[i], &folds[next++], &l, i);
            busy++;
        }
    }
    while (busy) {
        for (int i = 0; i < kernel->lanes; i++)
            if (lanes[i].fold) mz_lane_load(&lanes[i], &l, i);
        kernel->compress(&l);
        for (int i = 0; i < kernel->lanes; i++) {
            if (!lanes[i].fold || !mz_lane_advance(&lanes[i], &l, i)) continue;
            if (next < count)
                mz_lane_begin(&lanes[i], &folds[next++], &l, i);
            else {
                lanes[i].fold = NULL;
                busy--;
            }
        }
    }
    mz_wipe(&l, sizeof l);
}

#endif
