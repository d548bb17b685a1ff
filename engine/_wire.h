/* Minimal msgpack, read strictly: the shortest form of every length and integer, unsigned integers
 * of at most 63 bits, UTF-8 without surrogates. Every reader moves the cursor and answers 1, or
 * answers 0 and leaves the cursor anywhere. */
#ifndef MARZIPAN_WIRE_H
#define MARZIPAN_WIRE_H

#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *p;
    const uint8_t *end;
} mz_cursor;

/* Inlined everywhere: a cursor is to stay in registers, and every caller's texts have lengths of
 * their own, which a branch of its own can foresee. */
#ifdef __GNUC__
#define MZ_INLINE static inline __attribute__((always_inline))
#else
#define MZ_INLINE static inline
#endif

/* Bytes that somebody else owns; p is NULL where the thing is absent. */
typedef struct {
    const uint8_t *p;
    uint32_t n;
} mz_view;

/* An array whose elements were checked when it was read: `first` points at the first one. */
typedef struct {
    const uint8_t *first;
    uint32_t count;
} mz_list;

#define MZ_STRING_LIMIT 256

/* How the IPv6 spelling of an IPv4 address begins. */
static const uint8_t MZ_MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static inline uint64_t mz_big_endian(const uint8_t *p, int bytes) {
    uint64_t value = 0;
    while (bytes--) value = value << 8 | *p++;
    return value;
}

/* A length or integer of `bytes` bytes that does not fit the next smaller form. */
static inline int mz_sized(mz_cursor *c, int bytes, uint64_t least, uint64_t *value) {
    if (c->end - c->p < bytes) return 0;
    *value = mz_big_endian(c->p, bytes);
    c->p += bytes;
    return *value >= least;
}

static inline int mz_long_uint(mz_cursor *c, int64_t *value) {
    uint64_t read;
    int ok;
    switch (*c->p++) {
        case 0xcc: ok = mz_sized(c, 1, 0x80, &read); break;
        case 0xcd: ok = mz_sized(c, 2, 0x100, &read); break;
        case 0xce: ok = mz_sized(c, 4, 0x10000, &read); break;
        case 0xcf: ok = mz_sized(c, 8, 0x100000000ull, &read); break;
        default: return 0;
    }
    if (!ok || read > INT64_MAX) return 0;
    *value = (int64_t)read;
    return 1;
}

MZ_INLINE int mz_uint(mz_cursor *c, int64_t *value) {
    if (c->p >= c->end) return 0;
    if (*c->p >= 0x80) return mz_long_uint(c, value);
    *value = *c->p++;
    return 1;
}

MZ_INLINE int mz_array(mz_cursor *c, uint32_t *count) {
    uint64_t read;
    if (c->p >= c->end) return 0;
    uint8_t head = *c->p++;
    if ((head & 0xf0) == 0x90) {
        *count = head & 15;
        return 1;
    }
    if (head != 0xdc || !mz_sized(c, 2, 16, &read)) return 0; /* none is longer than 65,535 */
    *count = (uint32_t)read;
    return 1;
}

static inline int mz_take(mz_cursor *c, uint64_t length, mz_view *view) {
    if ((uint64_t)(c->end - c->p) < length) return 0;
    view->p = c->p;
    view->n = (uint32_t)length;
    c->p += length;
    return 1;
}

MZ_INLINE int mz_bin(mz_cursor *c, mz_view *view) {
    uint64_t length;
    if (c->end - c->p < 2) return 0;
    uint8_t head = *c->p++;
    if (head == 0xc4) return mz_take(c, *c->p++, view);
    return head == 0xc5 && mz_sized(c, 2, 0x100, &length) && mz_take(c, length, view);
}

static inline uint64_t mz_eight(const uint8_t *p) {
    uint64_t eight;
    memcpy(&eight, p, 8);
    return eight;
}

/* A short text, of at most eight bytes, as a number; where in it a byte stands is not told. */
MZ_INLINE uint64_t mz_short(const uint8_t *p, size_t length) {
    uint32_t first, last;
    if (length == 8) return mz_eight(p);
    if (length >= 4) {
        memcpy(&first, p, 4);
        memcpy(&last, p + length - 4, 4);
        return (uint64_t)first << 32 | last;
    }
    if (!length) return 0;
    return (uint64_t)(p[0] << 16 | p[length / 2] << 8 | p[length - 1]);
}

/* Whether one of the bytes is this one, which is not zero. */
MZ_INLINE int mz_has_byte(uint64_t bytes, uint8_t byte) {
    uint64_t others = bytes ^ byte * 0x0101010101010101ull;
    return ((others - 0x0101010101010101ull) & ~others & 0x8080808080808080ull) != 0;
}

MZ_INLINE int mz_ascii(const uint8_t *p, size_t length) {
    uint64_t seen = 0;
    for (; length > 8; p += 8, length -= 8) seen |= mz_eight(p);
    return !((seen | mz_short(p, length)) & 0x8080808080808080ull);
}

/* Whether the bytes are UTF-8 as RFC 3629 has it: shortest forms, no surrogates. */
MZ_INLINE int mz_utf8(const uint8_t *p, size_t length) {
    const uint8_t *end = p + length;
    if (mz_ascii(p, length)) return 1; /* as nearly all text is */
    while (p < end) {
        uint8_t head = *p++;
        if (head < 0x80) continue;
        int more = head >= 0xf0 ? 3 : head >= 0xe0 ? 2 : 1;
        if (head < 0xc2 || head > 0xf4 || end - p < more) return 0;
        uint8_t second = p[0];
        if (head == 0xe0 && second < 0xa0) return 0;
        if (head == 0xed && second > 0x9f) return 0;
        if (head == 0xf0 && second < 0x90) return 0;
        if (head == 0xf4 && second > 0x8f) return 0;
        while (more--)
            if ((*p++ & 0xc0) != 0x80) return 0;
    }
    return 1;
}

MZ_INLINE int mz_str(mz_cursor *c, mz_view *view) {
    uint64_t length;
    if (c->p >= c->end) return 0;
    uint8_t head = *c->p++;
    if ((head & 0xe0) == 0xa0)
        length = head & 31;
    else if (head == 0xd9) {
        if (!mz_sized(c, 1, 32, &length)) return 0;
    } else if (head != 0xda || !mz_sized(c, 2, 0x100, &length))
        return 0;
    return length <= MZ_STRING_LIMIT && mz_take(c, length, view) && mz_utf8(view->p, view->n);
}

/* A string with at least one character, as every caveat's is. */
MZ_INLINE int mz_text(mz_cursor *c, mz_view *view) { return mz_str(c, view) && view->n; }

MZ_INLINE int mz_texts(mz_cursor *c, mz_list *list, int (*read)(mz_cursor *, mz_view *)) {
    mz_view each;
    if (!mz_array(c, &list->count)) return 0;
    list->first = c->p;
    for (uint32_t i = 0; i < list->count; i++)
        if (!read(c, &each)) return 0;
    return 1;
}

/* The next element of a list of strings that mz_texts read. */
static inline mz_view mz_next_str(const uint8_t **p) {
    mz_view view;
    uint8_t head = *(*p)++;
    view.n = head & 31;
    if (head == 0xd9)
        view.n = *(*p)++;
    else if (head == 0xda) {
        view.n = (uint32_t)((*p)[0] << 8 | (*p)[1]);
        *p += 2;
    }
    view.p = *p;
    *p += view.n;
    return view;
}

/* The next element of a list of packed networks: bin(5) or bin(17). */
static inline mz_view mz_next_bin(const uint8_t **p) {
    mz_view view = {*p + 2, (*p)[1]};
    *p += 2 + view.n;
    return view;
}

/* Pass one value of the kinds that a block which was already judged may hold. */
static inline void mz_skip(mz_cursor *c) {
    uint32_t left = 1, count = 0;
    int64_t number;
    mz_view view;
    for (; left; left--) {
        uint8_t head = *c->p;
        if ((head & 0xf0) == 0x90 || head == 0xdc) {
            mz_array(c, &count);
            left += count;
        } else if (head == 0xc4 || head == 0xc5)
            mz_bin(c, &view);
        else if (head < 0x80 || (head >= 0xcc && head <= 0xcf))
            mz_uint(c, &number);
        else
            mz_str(c, &view);
    }
}

/* Whether so many bytes are alike. Names are short: a call would cost more than the comparison. */
MZ_INLINE int mz_same(const uint8_t *a, const uint8_t *b, size_t length) {
    for (; length > 8; a += 8, b += 8, length -= 8)
        if (mz_eight(a) != mz_eight(b)) return 0;
    return mz_short(a, length) == mz_short(b, length);
}

MZ_INLINE int mz_equal(mz_view a, mz_view b) {
    return a.p && b.p && a.n == b.n && mz_same(a.p, b.p, a.n);
}

static inline int mz_starts(mz_view a, const uint8_t *with, size_t length) {
    return a.n >= length && mz_same(a.p, with, length);
}

#endif
