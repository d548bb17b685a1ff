/* The caveats of an authentic token against the facts of an access. Same as block.py and caveats.py
 * where the answer is yes; every other answer is left to them. So "no" here means "not certainly",
 * and a Budget or a Custom caveat, which ask somebody else, is always left. */
#ifndef MARZIPAN_JUDGE_H
#define MARZIPAN_JUDGE_H

#include "_facts.h"
#include "_patterns.h"
#include "_token.h"

#define MZ_CAVEATS 32

/* What the blocks add to the verdict. */
typedef struct {
    int64_t expires_at; /* the earliest end among header or record and Windows */
    int narrows_scopes;
    int names_audiences;
    int delegates; /* whether there are any */
} mz_narrowed;

/* What is known of an authentic token whose header and blocks allow the access, for whoever asks
 * denylist and record. Small: many of them wait at a time. */
typedef struct {
    const uint8_t *key_id;
    const uint8_t *grant_id; /* NULL for a key */
    const uint8_t *ids;      /* of the blocks, MZ_ID bytes each */
    int64_t key_issued_at;
    int64_t generation; /* of a grant, as is `actor` */
    mz_view actor;
    mz_narrowed narrowed;
    uint8_t master_id;
    uint8_t blocks;
    uint8_t sealed;
    uint8_t prefix; /* which of the verifier's */
} mz_proven;

/* Whether a delegate's name is revoked for keys issued at this second. */
typedef int (*mz_actor_dead)(const void *denied, mz_view actor, int64_t issued_at);

static inline int mz_listed(mz_cursor *c, mz_view value) {
    mz_list list;
    int found = 0;
    if (!mz_texts(c, &list, mz_text) || !list.count) return 0;
    const uint8_t *p = list.first;
    while (list.count--) found |= mz_equal(mz_next_str(&p), value);
    return found;
}

static inline int mz_under(mz_cursor *c, mz_path *path) {
    mz_list list;
    int found = 0;
    if (!mz_texts(c, &list, mz_text) || !list.count || !mz_path_read(path)) return 0;
    const uint8_t *p = list.first;
    while (list.count--) {
        mz_view pattern = mz_next_str(&p);
        if (!mz_is_pattern(pattern)) return 0;
        found |= mz_path_covers(pattern, path->text);
    }
    return found;
}

static inline int mz_scopes_allow(mz_cursor *c, const mz_facts *f) {
    mz_list list;
    if (!mz_texts(c, &list, mz_text) || !list.count) return 0;
    const uint8_t *p = list.first;
    for (uint32_t i = 0; i < list.count; i++)
        if (!mz_is_scope(mz_next_str(&p))) return 0;
    for (uint32_t r = 0; r < f->required_count; r++) {
        int covered = 0;
        p = list.first;
        for (uint32_t i = 0; i < list.count && !covered; i++)
            covered = mz_scope_covers(mz_next_str(&p), f->required[r]);
        if (!covered) return 0;
    }
    return 1;
}

static inline int mz_network_allows(mz_cursor *c, mz_facts *f) {
    mz_list list;
    int found = 0;
    if (!mz_texts(c, &list, mz_network) || !list.count) return 0;
    const uint8_t *p = list.first;
    while (list.count--) found |= mz_contains(mz_next_bin(&p), f);
    return found;
}

static inline int mz_tools_allow(mz_cursor *c, mz_view tool) {
    mz_list list;
    int found = 0;
    if (!mz_texts(c, &list, mz_text) || !list.count || !tool.p) return 0;
    const uint8_t *p = list.first;
    while (list.count--) {
        mz_view listed = mz_next_str(&p);
        if (!mz_star_fits(listed, '.', 0)) return 0;
        found |= mz_tool_covers(listed, tool);
    }
    return found;
}

static inline int mz_digest_is(mz_cursor *c, mz_view given) {
    mz_view digest;
    return mz_bin(c, &digest) && digest.n == 32 && mz_equal(digest, given);
}

/* One caveat of a block that `following` blocks follow. */
static inline int mz_caveat_allows(mz_cursor *c, int following, mz_facts *f, mz_narrowed *n) {
    static const uint8_t arity[] = {0, 3, 2, 2, 2, 2, 3, 3, 2, 2, 2, 0, 2, 2};
    uint32_t count;
    int64_t tag, one, two;
    mz_view text;
    if (!mz_array(c, &count) || !mz_uint(c, &tag)) return 0;
    if (tag >= (int64_t)sizeof arity || count != arity[tag]) return 0;
    switch (tag) {
        case 1:
            if (!mz_uint(c, &one) || !mz_uint(c, &two)) return 0;
            if (two < n->expires_at) n->expires_at = two;
            return one - f->leeway <= f->now && f->now < two;
        case 2: n->names_audiences = 1; return mz_listed(c, f->audience);
        case 3: n->narrows_scopes = 1; return mz_scopes_allow(c, f);
        case 4: return mz_network_allows(c, f);
        case 5: return mz_tools_allow(c, f->tool);
        case 6:
            return mz_text(c, &text) && mz_uint(c, &one) && mz_equal(text, f->currency) &&
                   f->amount >= 0 && f->amount <= one;
        case 7: return mz_listed(c, f->method) && mz_under(c, &f->path);
        case 8: return mz_under(c, &f->resource);
        case 9: n->delegates = 1; return mz_text(c, &text); /* see mz_names_dead */
        case 10: return mz_uint(c, &one) && following <= one;
        case 12: return mz_digest_is(c, f->body_hash);
        case 13: return mz_digest_is(c, f->binding);
        default: return 0;
    }
}

/* Whether every caveat of every block certainly allows the access, if no delegate is revoked. */
static inline int mz_blocks_allow(const mz_token *t, mz_facts *f, mz_narrowed *n) {
    mz_view nonce;
    uint32_t count;
    for (int i = 0; i < t->blocks; i++) {
        mz_cursor c = {t->block[i].p, t->block[i].p + t->block[i].n};
        if (!mz_array(&c, &count) || count < 2 || count > MZ_CAVEATS + 1) return 0;
        if (!mz_bin(&c, &nonce) || nonce.n != 8) return 0;
        while (--count)
            if (!mz_caveat_allows(&c, t->blocks - 1 - i, f, n)) return 0;
        if (c.p != c.end) return 0;
    }
    return 1;
}

/* Whether a delegate of a token whose blocks allow the access is revoked. */
static inline int mz_names_dead(const mz_token *t, mz_actor_dead dead, const void *denied) {
    mz_view view;
    uint32_t count, arity;
    int64_t tag;
    for (int i = 0; i < t->blocks; i++) {
        mz_cursor c = {t->block[i].p, t->block[i].p + t->block[i].n};
        mz_array(&c, &count);
        mz_bin(&c, &view);
        while (--count) {
            mz_cursor caveat = c;
            mz_skip(&c);
            if (!mz_array(&caveat, &arity) || !mz_uint(&caveat, &tag)) return 1;
            if (tag != 9) continue;
            if (!mz_text(&caveat, &view) || dead(denied, view, t->key_issued_at)) return 1;
        }
    }
    return 0;
}

#endif
