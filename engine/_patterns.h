/* Scopes, tools, paths and resources: what covers what. Same as scopes.py, caveats.py, paths.py. */
#ifndef MARZIPAN_PATTERNS_H
#define MARZIPAN_PATTERNS_H

#include "_wire.h"

#define MZ_PATH_LIMIT 8192

static inline const uint8_t *mz_find(mz_view text, uint8_t byte) {
    return text.n ? (const uint8_t *)memchr(text.p, byte, text.n) : NULL;
}

/* Whether "*" stands nowhere, or last behind this byte; `bare` allows it to be the whole. */
MZ_INLINE int mz_star_fits(mz_view text, uint8_t before, int bare) {
    if (!text.n) return 1;
    const uint8_t *p = text.p, *last = text.p + text.n - 1;
    for (; last - p > 8; p += 8)
        if (mz_has_byte(mz_eight(p), '*')) return 0;
    if (mz_has_byte(mz_short(p, (size_t)(last - p)), '*')) return 0;
    if (*last != '*') return 1;
    return text.n == 1 ? bare : last[-1] == before;
}

static inline int mz_is_scope(mz_view scope) {
    return scope.n && scope.n <= MZ_STRING_LIMIT && mz_star_fits(scope, ':', 1);
}

/* Whether holding one scope satisfies another, both well-formed. */
static inline int mz_scope_covers(mz_view held, mz_view required) {
    static const uint8_t reserved[] = "marzipan";
    if (mz_equal(held, required)) return 1;
    if (held.p[held.n - 1] != '*') return 0;
    if (held.n > 1) return mz_starts(required, held.p, held.n - 1);
    return !(mz_starts(required, reserved, 8) && (required.n == 8 || required.p[8] == ':'));
}

static inline int mz_tool_covers(mz_view listed, mz_view tool) {
    if (mz_equal(listed, tool)) return 1;
    return listed.n > 1 && listed.p[listed.n - 1] == '*' && listed.p[listed.n - 2] == '.' &&
           mz_starts(tool, listed.p, listed.n - 1);
}

static inline int mz_hex(uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether a segment, up to its first ";", is empty, "." or "..". */
static inline int mz_climbs(const uint8_t *p, size_t length) {
    const uint8_t *end = length ? (const uint8_t *)memchr(p, ';', length) : NULL;
    if (end) length = (size_t)(end - p);
    return length == 0 || (p[0] == '.' && (length == 1 || (length == 2 && p[1] == '.')));
}

/* Whether a path or resource, its query cut off, is not too long and has one reading, as far as can
 * be said here: an escape of a byte above 0x7f is left to paths.py, which reads it as UTF-8. */
static inline int mz_path_is_plain(mz_view path) {
    const uint8_t *p = path.p, *end = path.p + path.n, *from;
    if (!path.n || path.n > MZ_PATH_LIMIT) return 0;
    for (; p < end; p++) {
        if (*p < 0x20 || *p == 0x7f || *p == '\\' || *p == '#') return 0;
        if (*p == 0xc2 && p[1] < 0xa0) return 0; /* U+0080 to U+009F; UTF-8, so p[1] is there */
        if (*p == '%') {
            if (end - p < 3) return 0;
            int high = mz_hex(p[1]), low = mz_hex(p[2]), c = 16 * high + low;
            if (high < 0 || low < 0 || c > 0x7e || c < 0x20) return 0;
            if (c == '.' || c == '/' || c == '\\' || c == '%' || c == ';') return 0;
        }
    }
    if (path.n == 1 && path.p[0] == '/') return 1;
    for (from = path.p + (path.p[0] == '/'), p = from; p <= end; p++)
        if (p == end || *p == '/') {
            if (mz_climbs(from, (size_t)(p - from))) return 0;
            from = p + 1;
        }
    return 1;
}

static inline int mz_is_pattern(mz_view pattern) {
    return !mz_find(pattern, '?') && mz_path_is_plain(pattern) && mz_star_fits(pattern, '/', 1);
}

/* Whether a path is the pattern or lies below it, both plain. */
static inline int mz_path_covers(mz_view pattern, mz_view path) {
    if (pattern.p[pattern.n - 1] != '*') return mz_equal(pattern, path);
    return path.n >= pattern.n && mz_starts(path, pattern.p, pattern.n - 1);
}

/* The path without its query. */
static inline mz_view mz_without_query(mz_view path) {
    const uint8_t *query = mz_find(path, '?');
    if (query) path.n = (uint32_t)(query - path.p);
    return path;
}

#endif
