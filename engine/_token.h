/* A token taken apart, in place: the envelope, the header, and the chain over all blocks. Nothing
 * here reads what a block means. Same as envelope.py, header.py and authentic.py, whose refusals
 * are the ones that callers see: whatever is not certainly good here is left to them. */
#ifndef MARZIPAN_TOKEN_H
#define MARZIPAN_TOKEN_H

#include "_blake3.h"
#include "_wire.h"

#define MZ_BLOCKS 16
#define MZ_BLOCK_LIMIT 1023
#define MZ_HEADER_LIMIT 5000
#define MZ_ID 16
#define MZ_TAIL 32

typedef struct {
    mz_view header;
    mz_view block[MZ_BLOCKS];
    int blocks;
    const uint8_t *tail;

    int is_grant;
    int64_t master_id;
    int64_t epoch;
    int64_t key_issued_at;
    const uint8_t *key_id;
    /* Of a grant alone; the lists' p is NULL where they are nil. */
    const uint8_t *grant_id;
    int64_t generation;
    int64_t issued_at;
    int64_t expires_at;
    mz_view actor;
    mz_list scopes;
    mz_list cidrs;
    mz_list audiences;
    mz_view claims;

    int sealed;
    uint8_t ids[MZ_BLOCKS][MZ_ID]; /* the revocation id of each block, once the chain was folded */
} mz_token;

/* An address and its prefix length, host bits zero, and not IPv4-mapped. */
static inline int mz_is_network(mz_view packed) {
    if (packed.n != 5 && packed.n != 17) return 0;
    if (packed.n == 17 && memcmp(packed.p, MZ_MAPPED, sizeof MZ_MAPPED) == 0) return 0;
    unsigned bits = 8 * (packed.n - 1), length = packed.p[packed.n - 1];
    if (length > bits) return 0;
    for (unsigned i = 0; i < packed.n - 1; i++) {
        unsigned kept = length > 8 * i ? length - 8 * i : 0;
        if (kept < 8 && packed.p[i] & (0xFFu >> kept)) return 0;
    }
    return 1;
}

static inline int mz_network(mz_cursor *c, mz_view *view) {
    return mz_bin(c, view) && mz_is_network(*view);
}

static inline int mz_is_nil(mz_cursor *c) {
    if (c->p >= c->end || *c->p != 0xc0) return 0;
    c->p++;
    return 1;
}

static inline int mz_id(mz_cursor *c, const uint8_t **id) {
    mz_view view;
    if (!mz_bin(c, &view) || view.n != MZ_ID) return 0;
    *id = view.p;
    return 1;
}

/* nil, or a list that is not empty. */
static inline int mz_optional(mz_cursor *c, mz_list *list, int (*read)(mz_cursor *, mz_view *)) {
    list->first = NULL;
    list->count = 0;
    return mz_is_nil(c) || (mz_texts(c, list, read) && list->count);
}

static inline int mz_read_header(mz_token *t) {
    mz_cursor c = {t->header.p, t->header.p + t->header.n};
    uint32_t count;
    int64_t tag;
    if (!mz_array(&c, &count) || !mz_uint(&c, &tag)) return 0;
    if (!mz_uint(&c, &t->master_id) || t->master_id < 1 || t->master_id > 255) return 0;
    if (!mz_uint(&c, &t->epoch) || t->epoch > UINT32_MAX || !mz_id(&c, &t->key_id)) return 0;
    if (!mz_uint(&c, &t->key_issued_at)) return 0;
    t->is_grant = tag == 2;
    if (tag == 1) return count == 5 && c.p == c.end;
    return tag == 2 && count == 14 && mz_uint(&c, &t->generation) && mz_id(&c, &t->grant_id) &&
           mz_uint(&c, &t->issued_at) && mz_uint(&c, &t->expires_at) && mz_str(&c, &t->actor) &&
           mz_texts(&c, &t->scopes, mz_str) && mz_optional(&c, &t->cidrs, mz_network) &&
           mz_optional(&c, &t->audiences, mz_str) && mz_bin(&c, &t->claims) && c.p == c.end;
}

/* The parts of the token's bytes, which the token then points into. */
static inline int mz_token_read(mz_token *t, const uint8_t *data, size_t length) {
    mz_cursor c = {data, data + length};
    mz_view tail;
    uint32_t count;
    if (length < 2 || *c.p++ != 0x93) return 0;
    if (!mz_bin(&c, &t->header) || !t->header.n || t->header.n > MZ_HEADER_LIMIT) return 0;
    if (!mz_array(&c, &count) || count > MZ_BLOCKS) return 0;
    t->blocks = (int)count;
    for (int i = 0; i < t->blocks; i++) {
        if (!mz_bin(&c, &t->block[i])) return 0;
        if (!t->block[i].n || t->block[i].n > MZ_BLOCK_LIMIT) return 0;
    }
    if (!mz_bin(&c, &tail) || tail.n != MZ_TAIL || c.p != c.end) return 0;
    t->tail = tail.p;
    return mz_read_header(t);
}

/* Compare the tail with the chain's, open, then sealed.
 * `out` is the output of the last step (64 bytes), and is wiped. */
static inline int mz_token_end(mz_token *t, uint8_t out[64]) {
    uint8_t sealed[64];
    t->sealed = mz_differ(out, t->tail, MZ_TAIL);
    int ok = !t->sealed;
    if (!ok) {
        mz_step(out, 3, out, 0, sealed);
        ok = !mz_differ(sealed, t->tail, MZ_TAIL);
        mz_wipe(sealed, sizeof sealed);
    }
    mz_wipe(out, 64);
    return ok;
}

/* Whether the tail is the chain's under this root key. Requires a header of one chunk. */
static inline int mz_token_fold(mz_token *t, const uint8_t root[32]) {
    uint8_t out[64];
    mz_step(root, 1, t->header.p, t->header.n, out);
    for (int i = 0; i < t->blocks; i++) {
        mz_step(out, 2, t->block[i].p, t->block[i].n, out);
        memcpy(t->ids[i], out + MZ_TAIL, MZ_ID);
    }
    return mz_token_end(t, out);
}

#endif
