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

#define MZ_LOAD128(p) _mm_loadu_si128((const __m128i *)(p))
#define MZ_CRC_FOLD(x, by) \
    _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00), _mm_clmulepi64_si128(x, by, 0x11))

/* The same over a longer text by carry-less multiplication, two streams of sixteen bytes at a time.
 * Zeros in front of a text whose register begins with zero change nothing, so what is not a whole
 * number of sixteens stands behind some, and what the register begins with is put onto the text.
 * Source: "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Gopal et al., Intel,
 * 2009). Requires 32 bytes. */
__attribute__((target("pclmul,sse4.1")))
static inline uint32_t mz_crc_folded(const uint8_t *p, size_t length) {
    static const uint64_t behind[4] = {0x8080808080808080u, 0x8080808080808080u,
                                       0x0706050403020100u, 0x0F0E0D0C0B0A0908u};
    static const uint64_t begun[6] = {0, 0, 0xFFFFFFFFu, 0, 0, 0};
    const __m128i by256 = _mm_set_epi64x(0x15a546366, 0x0f1da05aa); /* x^224, x^288 mod P */
    const __m128i by128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0); /* x^96, x^160 mod P */
    const __m128i by64 = _mm_set_epi64x(0, 0x163cd6124);            /* x^64 mod P */
    const __m128i whole = _mm_set_epi64x(0x1f7011641, 0x1db710641); /* x^64 / P, and P */
    const __m128i half = _mm_set_epi32(0, -1, 0, -1);
    size_t odd = length % 16, left = length / 16 - 1;
    __m128i x = _mm_shuffle_epi8(MZ_LOAD128(p), MZ_LOAD128((const uint8_t *)behind + odd));
    x = _mm_xor_si128(x, MZ_LOAD128((const uint8_t *)begun + odd));
    p += odd;
    __m128i y = _mm_xor_si128(MZ_LOAD128(p), MZ_LOAD128((const uint8_t *)begun + odd + 16));
    for (p += 16; left >= 2; p += 32, left -= 2) {
        x = _mm_xor_si128(MZ_CRC_FOLD(x, by256), MZ_LOAD128(p));
        y = _mm_xor_si128(MZ_CRC_FOLD(y, by256), MZ_LOAD128(p + 16));
    }
    x = _mm_xor_si128(MZ_CRC_FOLD(x, by128), y);
    if (left) x = _mm_xor_si128(MZ_CRC_FOLD(x, by128), MZ_LOAD128(p));
    /* 128 bits to 96, 64, and by Barrett's reduction to 32. */
    x = _mm_xor_si128(_mm_clmulepi64_si128(x, by128, 0x10), _mm_srli_si128(x, 8));
    x = _mm_xor_si128(_mm_clmulepi64_si128(_mm_and_si128(x, half), by64, 0x00),
                      _mm_srli_si128(x, 4));
    y = _mm_clmulepi64_si128(_mm_and_si128(x, half), whole, 0x10);
    y = _mm_clmulepi64_si128(_mm_and_si128(y, half), whole, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(x, y), 1);
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
    uint64_t pair[3];
    uint32_t seen = 0;
    for (int i = 0; i < 3; i++) {
        uint32_t high = mz_base62[digits[2 * i]], low = mz_base62[digits[2 * i + 1]];
        seen |= high | low;
        pair[i] = high * 62 + low;
    }
    return seen < 64 && (pair[0] * 3844 + pair[1]) * 3844 + pair[2] == value;
}

#if defined(__x86_64__) && defined(__GNUC__)
/* The sixteen lowest bytes in either half of a register. */
#define MZ_TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/* 32 characters to 24 bytes, and 8 bytes of no meaning; `bad` gets bits where one is none of the
 * alphabet. Which characters are digits is looked up by either half of their bits: each upper half
 * has a bit of its own, or shares it with those that have the same lower ones, and each lower half
 * has the bits of the uppers that it does not go with. The distance to the digit's value depends on
 * the upper half, but for the line, which shares its own with letters. Source: "Faster Base64
 * Encoding and Decoding using AVX2 Instructions" (Mula, Lemire, 2018). */
__attribute__((target("avx2")))
static inline void mz_unbase64_32(const uint8_t *p, uint8_t *out, __m256i *bad) {
    const __m256i uppers = MZ_TWICE(1, 1, 2, 4, 8, 16, 8, 32, 1, 1, 1, 1, 1, 1, 1, 1);
    const __m256i lowers = MZ_TWICE(11, 3, 3, 3, 3, 3, 3, 3, 3, 3, 7, 55, 55, 53, 55, 39);
    const __m256i distances = MZ_TWICE(0, 0, 17, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, -32, 0, 0);
    const __m256i order = MZ_TWICE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    const __m256i four = _mm256_set1_epi8(15);
    const __m256i c = _mm256_loadu_si256((const __m256i *)p);
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(c, 4), four);
    const __m256i lower = _mm256_and_si256(c, four);
    *bad = _mm256_or_si256(*bad, _mm256_and_si256(_mm256_shuffle_epi8(uppers, upper),
                                                  _mm256_shuffle_epi8(lowers, lower)));
    const __m256i line = _mm256_cmpeq_epi8(c, _mm256_set1_epi8('_'));
    const __m256i place = _mm256_or_si256(upper, _mm256_and_si256(line, _mm256_set1_epi8(8)));
    const __m256i digits = _mm256_add_epi8(c, _mm256_shuffle_epi8(distances, place));
    /* Four times six bits become 24, then the bytes stand in order without gaps. */
    const __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi32(0x01400140));
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_shuffle_epi8(fours, order);
    _mm256_storeu_si256((__m256i *)out, _mm256_permutevar8x32_epi32(bytes, join));
}

#undef MZ_TWICE

/* Groups of four characters, at least eight of them; whether all are of the alphabet. The last 32
 * characters may be read twice. */
__attribute__((target("avx2")))
static inline int mz_unbase64_avx2(const uint8_t *p, size_t length, uint8_t *out) {
    __m256i bad = _mm256_setzero_si256();
    size_t done = 0;
    for (; length - done >= 32; done += 32) mz_unbase64_32(p + done, out + done / 4 * 3, &bad);
    if (done < length) mz_unbase64_32(p + length - 32, out + (length - 32) / 4 * 3, &bad);
    return _mm256_testz_si256(bad, bad);
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
    if (mz_has_avx2 && length >= 32) {
        if (!mz_unbase64_avx2(p, length - rest, out)) return MZ_TEXT_MALFORMED;
        p += length - rest;
        out += (length - rest) / 4 * 3;
        length = rest;
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
