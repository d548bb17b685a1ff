/* Token text to bytes: <prefix>_<base64url>_<crc6>, in one spelling only. Same as text.py. */
#ifndef MARZIPAN_TEXT_H
#define MARZIPAN_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MZ_TEXT_LIMIT 8192
#define MZ_SLACK 8
#define MZ_BYTES_LIMIT (MZ_TEXT_LIMIT / 4 * 3 + MZ_SLACK)

enum { MZ_TEXT_MALFORMED = -1, MZ_TEXT_CHECKSUM = -2 };

/* Filled once, when the module is imported, and only read from then on. */
static uint32_t mz_crc[8][256];
static uint32_t mz_digit[4][256]; /* by place in a group of four; MZ_NO_DIGIT where it is none */
static uint8_t mz_base62[256];
static int mz_folds_crc; /* whether this machine multiplies without carries */
static int mz_has_avx2;

#define MZ_NO_DIGIT 0x80000000u

static inline void mz_text_tables(void) {
    static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
        mz_crc[0][i] = c;
        for (int place = 0; place < 4; place++) mz_digit[place][i] = MZ_NO_DIGIT;
        mz_base62[i] = 255;
    }
    for (int t = 1; t < 8; t++)
        for (int i = 0; i < 256; i++)
            mz_crc[t][i] = mz_crc[t - 1][i] >> 8 ^ mz_crc[0][mz_crc[t - 1][i] & 255];
    for (uint32_t i = 0; i < 64; i++)
        for (int place = 0; place < 4; place++)
            mz_digit[place][(uint8_t)url[i]] = i << (18 - 6 * place);
    for (uint8_t i = 0; i < 62; i++) mz_base62[(uint8_t)digits[i]] = i;
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    mz_has_avx2 = __builtin_cpu_supports("avx2");
    mz_folds_crc = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
#endif
}

/* From now on without wide registers: what other machines do, for the tests. */
static inline void mz_text_by_tables(void) { mz_folds_crc = mz_has_avx2 = 0; }

/* Go on with a CRC-32 register (IEEE 802.3, reflected), eight bytes a step. */
static inline uint32_t mz_crc_over(uint32_t c, const uint8_t *p, size_t length) {
    for (; length >= 8; p += 8, length -= 8) {
        uint32_t low = c ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                            (uint32_t)p[3] << 24);
        c = mz_crc[7][low & 255] ^ mz_crc[6][low >> 8 & 255] ^ mz_crc[5][low >> 16 & 255] ^
            mz_crc[4][low >> 24] ^ mz_crc[3][p[4]] ^ mz_crc[2][p[5]] ^ mz_crc[1][p[6]] ^
            mz_crc[0][p[7]];
    }
    while (length--) c = c >> 8 ^ mz_crc[0][(c ^ *p++) & 255];
    return c;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

/* The same over a longer text by carry-less multiplication: sixteen bytes are folded onto the next
 * sixteen, and the last sixteen, which have the same remainder, go through the table. Source: "Fast
 * CRC Computation for Generic Polynomials Using PCLMULQDQ" (Gopal et al., Intel, 2009). */
__attribute__((target("pclmul,sse4.1")))
static inline uint32_t mz_crc_folded(const uint8_t *p, size_t length) {
    const __m128i by128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0); /* x^96, x^160 mod P */
    uint8_t last[16];
    __m128i x = _mm_xor_si128(_mm_loadu_si128((const __m128i *)p), _mm_cvtsi32_si128(-1));
    for (p += 16, length -= 16; length >= 16; p += 16, length -= 16)
        x = _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, by128, 0x00),
                                        _mm_clmulepi64_si128(x, by128, 0x11)),
                          _mm_loadu_si128((const __m128i *)p));
    _mm_storeu_si128((__m128i *)last, x);
    return mz_crc_over(mz_crc_over(0, last, 16), p, length);
}
#endif

static inline uint32_t mz_crc32(const uint8_t *p, size_t length) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (mz_folds_crc && length >= 32) return ~mz_crc_folded(p, length);
#endif
    return ~mz_crc_over(0xFFFFFFFFu, p, length);
}

/* Whether six base62 digits spell the value. */
static inline int mz_crc_matches(uint32_t value, const uint8_t *digits) {
    uint64_t said = 0;
    for (int i = 0; i < 6; i++) {
        if (mz_base62[digits[i]] == 255) return 0;
        said = said * 62 + mz_base62[digits[i]];
    }
    return said == value;
}

#if defined(__x86_64__) && defined(__GNUC__)
/* Whole groups of 32 characters to 24 bytes each, writing 8 bytes past the last; the count of
 * characters, or MZ_TEXT_MALFORMED. Each range of the alphabet adds its own offset. */
__attribute__((target("avx2")))
static inline long mz_unbase64_avx2(const uint8_t *p, size_t length, uint8_t *out) {
    const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,
                                           2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    size_t done = 0;
    for (; length - done >= 32; done += 32, out += 24) {
        const __m256i c = _mm256_loadu_si256((const __m256i *)(p + done));
#define MZ_WITHIN(low, high)                                      \
    _mm256_and_si256(_mm256_cmpgt_epi8(c, _mm256_set1_epi8((low)-1)), \
                     _mm256_cmpgt_epi8(_mm256_set1_epi8((high) + 1), c))
#define MZ_OFFSET(mask, by) _mm256_and_si256(mask, _mm256_set1_epi8(by))
        const __m256i upper = MZ_WITHIN('A', 'Z'), lower = MZ_WITHIN('a', 'z');
        const __m256i digit = MZ_WITHIN('0', '9'), dash = MZ_WITHIN('-', '-');
        const __m256i line = MZ_WITHIN('_', '_');
        const __m256i letters = _mm256_or_si256(upper, lower);
        const __m256i others = _mm256_or_si256(digit, _mm256_or_si256(dash, line));
        if (_mm256_movemask_epi8(_mm256_or_si256(letters, others)) != -1) return MZ_TEXT_MALFORMED;
        const __m256i by = _mm256_or_si256(
            _mm256_or_si256(MZ_OFFSET(upper, -65), MZ_OFFSET(lower, -71)),
            _mm256_or_si256(MZ_OFFSET(digit, 4),
                            _mm256_or_si256(MZ_OFFSET(dash, 17), MZ_OFFSET(line, -32))));
#undef MZ_WITHIN
#undef MZ_OFFSET
        /* Four times six bits become 24, then the bytes stand in order without gaps. */
        const __m256i pairs =
            _mm256_maddubs_epi16(_mm256_add_epi8(c, by), _mm256_set1_epi32(0x01400140));
        const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        const __m256i bytes = _mm256_shuffle_epi8(fours, order);
        _mm256_storeu_si256((__m256i *)out, _mm256_permutevar8x32_epi32(bytes, join));
    }
    return (long)done;
}
#endif

/* The bytes of a base64url body without padding, or MZ_TEXT_MALFORMED. `out` has room for eight
 * bytes more. */
static inline long mz_unbase64(const uint8_t *p, size_t length, uint8_t *out) {
    uint8_t *start = out;
    uint32_t seen = 0;
    size_t rest = length % 4;
    if (rest == 1) return MZ_TEXT_MALFORMED;
#if defined(__x86_64__) && defined(__GNUC__)
    if (mz_has_avx2) {
        long done = mz_unbase64_avx2(p, length, out);
        if (done < 0) return done;
        p += done;
        out += done / 4 * 3;
        length -= (size_t)done;
    }
#endif
    for (const uint8_t *end = p + (length - rest); p < end; p += 4, out += 3) {
        uint32_t v = mz_digit[0][p[0]] | mz_digit[1][p[1]] | mz_digit[2][p[2]] | mz_digit[3][p[3]];
        seen |= v;
        out[0] = (uint8_t)(v >> 16);
        out[1] = (uint8_t)(v >> 8);
        out[2] = (uint8_t)v;
    }
    if (rest) {
        uint32_t v = mz_digit[0][p[0]] | mz_digit[1][p[1]] | (rest == 3 ? mz_digit[2][p[2]] : 0);
        seen |= v;
        if (v & (rest == 3 ? 0xFFu : 0xFFFFu)) return MZ_TEXT_MALFORMED; /* stray bits */
        *out++ = (uint8_t)(v >> 16);
        if (rest == 3) *out++ = (uint8_t)(v >> 8);
    }
    return seen & MZ_NO_DIGIT ? MZ_TEXT_MALFORMED : out - start;
}

/* The token's bytes, given the length of its prefix; the count of them, or an error. `out` has
 * room for three bytes in every four of the text, and MZ_SLACK more. */
static inline long mz_text_decode(const uint8_t *text, size_t length, size_t prefix, uint8_t *out) {
    if (length > MZ_TEXT_LIMIT) return MZ_TEXT_MALFORMED;
    if (length < prefix + 9 || text[length - 7] != '_') return MZ_TEXT_CHECKSUM;
    if (!mz_crc_matches(mz_crc32(text, length - 7), text + length - 6)) return MZ_TEXT_CHECKSUM;
    return mz_unbase64(text + prefix + 1, length - 8 - prefix, out);
}

#endif
