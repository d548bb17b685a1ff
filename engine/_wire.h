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

static inline int mz_uint(mz_cursor *c, int64_t *value) {
    uint64_t read;
    int ok;
    if (c->p >= c->end) return 0;
    uint8_t head = *c->p++;
    if (head < 0x80) {
        *value = head;
        return 1;
    }
    switch (head) {
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

static inline int mz_array(mz_cursor *c, uint32_t *count) {
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

static inline int mz_bin(mz_cursor *c, mz_view *view) {
    uint64_t length;
    if (c->p >= c->end) return 0;
    uint8_t head = *c->p++;
    if (head == 0xc4) return mz_sized(c, 1, 0, &length) && mz_take(c, length, view);
    if (head == 0xc5) return mz_sized(c, 2, 0x100, &length) && mz_take(c, length, view);
    return 0;
}

/* Whether the bytes are UTF-8 as RFC 3629 has it: shortest forms, no surrogates. */
static inline int mz_utf8(const uint8_t *p, size_t length) {
    const uint8_t *end = p + length;
    while (p < end) {
        uint64_t eight;
        if (end - p >= 8) { /* nearly all text is ASCII */
            memcpy(&eight, p, 8);
            if (!(eight & 0x8080808080808080ull)) {
                p += 8;
                continue;
            }
        }
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

static inline int mz_str(mz_cursor *c, mz_view *view) {
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
static inline int mz_text(mz_cursor *c, mz_view *view) { return mz_str(c, view) && view->n; }

static inline int mz_texts(mz_cursor *c, mz_list *list, int (*read)(mz_cursor *, mz_view *)) {
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
static inline int mz_same(const uint8_t *a, const uint8_t *b, size_t length) {
    uint64_t x, y;
    for (; length >= 8; a += 8, b += 8, length -= 8) {
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        if (x != y) return 0;
    }
    for (; length; a++, b++, length--)
        if (*a != *b) return 0;
    return 1;
}

static inline int mz_equal(mz_view a, mz_view b) {
    return a.p && b.p && a.n == b.n && mz_same(a.p, b.p, a.n);
}

static inline int mz_starts(mz_view a, const uint8_t *with, size_t length) {
    return a.n >= length && mz_same(a.p, with, length);
}

#endif
