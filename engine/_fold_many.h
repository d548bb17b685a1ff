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
    lane->next = message.p - 1; /* its length stands there, and the op byte takes that place */
    lane->left = (size_t)message.n + 1;
    lane->first = 1;
}

static inline void mz_lane_begin(mz_lane *lane, mz_fold *fold, mz_lanes *l, int i) {
    lane->fold = fold;
    lane->step = 0;
    for (int w = 0; w < 8; w++) l->cv[w][i] = mz_load32(fold->root + 4 * w);
    mz_lane_step(lane);
}

/* The lane's next 64 bytes, with length and flags. */
static inline void mz_lane_load(mz_lane *lane, mz_lanes *l, int i) {
    size_t size = lane->left < MZ_BLOCK ? lane->left : MZ_BLOCK;
    l->block[i] = lane->next;
    l->op[i] = lane->first ? lane->op : 0;
    lane->next += size;
    lane->left -= size;
    l->length[i] = (uint32_t)size;
    l->flags[i] = MZ_KEYED_HASH | (lane->first ? MZ_CHUNK_START : 0) |
                  (lane->left ? 0 : MZ_CHUNK_END | MZ_ROOT);
    lane->first = 0;
}

/* 0 where the lane's output is the tail; the same time wherever they differ. */
static inline int mz_lane_differs(const mz_lanes *l, int i, const uint8_t *tail) {
    uint64_t difference = 0;
    for (int w = 0; w < 8; w++) {
        difference |= l->cv[w][i] ^ mz_load32(tail + 4 * w);
        MZ_OPAQUE(difference);
    }
    return difference != 0;
}

/* After a compression, which left the next key or chaining value in place: go on, and answer
 * whether the lane's token is done. */
static inline int mz_lane_advance(mz_lane *lane, const mz_lanes *l, int i) {
    mz_token *t = lane->fold->token;
    if (lane->left) return 0;
    if (lane->op == 2)
        for (int w = 0; w < 4; w++) mz_store32(t->ids[lane->step - 1] + 4 * w, l->high[w][i]);
    if (lane->step >= t->blocks) {
        t->sealed = lane->op == 3;
        lane->fold->matches = !mz_lane_differs(l, i, t->tail);
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
        l.block[i] = MZ_KEPT; /* of which an idle lane keeps nothing */
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
