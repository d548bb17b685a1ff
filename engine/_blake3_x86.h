/* The compression on x86-64, one row of the state per 128-bit register.
 *
 * Both kernels do the same rounds; they differ in how a word is rotated and how a round finds its
 * message words. Between the column and the diagonal half of a round, the rows a, c and d turn and
 * row b stays, because b is what the next addition waits for; the words of the diagonal half stand
 * one place to the right to suit.
 */
#ifndef MARZIPAN_BLAKE3_X86_H
#define MARZIPAN_BLAKE3_X86_H

#include <immintrin.h>

#define MZ_TARGET(features) __attribute__((target(features)))

#define MZ_HALF(x, y)                                         \
    a = _mm_add_epi32(_mm_add_epi32(a, b), x);                \
    d = MZ_ROT16(_mm_xor_si128(d, a));                        \
    c = _mm_add_epi32(c, d);                                  \
    b = MZ_ROT12(_mm_xor_si128(b, c));                        \
    a = _mm_add_epi32(_mm_add_epi32(a, b), y);                \
    d = MZ_ROT8(_mm_xor_si128(d, a));                         \
    c = _mm_add_epi32(c, d);                                  \
    b = MZ_ROT7(_mm_xor_si128(b, c))

#define MZ_ROUND(x0, y0, x1, y1)                              \
    do {                                                      \
        MZ_HALF(x0, y0);                                      \
        a = _mm_shuffle_epi32(a, _MM_SHUFFLE(2, 1, 0, 3));    \
        d = _mm_shuffle_epi32(d, _MM_SHUFFLE(1, 0, 3, 2));    \
        c = _mm_shuffle_epi32(c, _MM_SHUFFLE(0, 3, 2, 1));    \
        MZ_HALF(x1, y1);                                      \
        a = _mm_shuffle_epi32(a, _MM_SHUFFLE(0, 3, 2, 1));    \
        d = _mm_shuffle_epi32(d, _MM_SHUFFLE(1, 0, 3, 2));    \
        c = _mm_shuffle_epi32(c, _MM_SHUFFLE(2, 1, 0, 3));    \
    } while (0)

#define MZ_BEGIN                                              \
    const __m128i low = _mm_loadu_si128((const __m128i *)cv); \
    const __m128i high = _mm_loadu_si128((const __m128i *)(cv + 4)); \
    __m128i a = low, b = high;                                \
    __m128i c = _mm_loadu_si128((const __m128i *)MZ_IV);      \
    __m128i d = _mm_set_epi32((int)flags, (int)length, 0, 0)

#define MZ_END                                                            \
    _mm_storeu_si128((__m128i *)out, _mm_xor_si128(a, c));                \
    _mm_storeu_si128((__m128i *)(out + 4), _mm_xor_si128(b, d));          \
    _mm_storeu_si128((__m128i *)(out + 8), _mm_xor_si128(c, low));        \
    _mm_storeu_si128((__m128i *)(out + 12), _mm_xor_si128(d, high))

/* SSE4.1: bytes are shuffled where a rotation is by whole bytes, and the message is permuted
 * from round to round. Words in hand: x0 = 0 2 4 6, y0 = 1 3 5 7, x1 = 14 8 10 12, y1 = 15 9 11 13. */
#define MZ_ROT16(r) _mm_shuffle_epi8(r, by16)
#define MZ_ROT8(r) _mm_shuffle_epi8(r, by8)
#define MZ_ROT12(r) _mm_or_si128(_mm_srli_epi32(r, 12), _mm_slli_epi32(r, 20))
#define MZ_ROT7(r) _mm_or_si128(_mm_srli_epi32(r, 7), _mm_slli_epi32(r, 25))
#define MZ_PICK(p, q, i, j, k, l)                                                         \
    _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(p), _mm_castsi128_ps(q),             \
                                    _MM_SHUFFLE(l, k, j, i)))
#define MZ_TURN(p, i, j, k, l) _mm_shuffle_epi32(p, _MM_SHUFFLE(l, k, j, i))

MZ_TARGET("sse4.1")
static void mz_compress_sse41(const uint32_t cv[8], const uint8_t block[MZ_BLOCK], uint32_t length,
                              uint32_t flags, uint32_t out[16]) {
    const __m128i by16 = _mm_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2);
    const __m128i by8 = _mm_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1);
    const __m128i m0 = _mm_loadu_si128((const __m128i *)block);
    const __m128i m1 = _mm_loadu_si128((const __m128i *)(block + 16));
    const __m128i m2 = _mm_loadu_si128((const __m128i *)(block + 32));
    const __m128i m3 = _mm_loadu_si128((const __m128i *)(block + 48));
    __m128i x0 = MZ_PICK(m0, m1, 0, 2, 0, 2), y0 = MZ_PICK(m0, m1, 1, 3, 1, 3);
    __m128i x1 = MZ_TURN(MZ_PICK(m2, m3, 0, 2, 0, 2), 3, 0, 1, 2);
    __m128i y1 = MZ_TURN(MZ_PICK(m2, m3, 1, 3, 1, 3), 3, 0, 1, 2);
    MZ_BEGIN;
    for (int round = 0;; round++) {
        MZ_ROUND(x0, y0, x1, y1);
        if (round == 6) break;
        const __m128i p = MZ_TURN(MZ_PICK(x0, y0, 1, 2, 1, 3), 0, 2, 3, 1);
        const __m128i q = MZ_TURN(MZ_PICK(x0, MZ_PICK(x1, y1, 2, 2, 3, 3), 3, 0, 0, 2), 0, 2, 1, 3);
        const __m128i r = MZ_TURN(MZ_PICK(y1, MZ_PICK(y0, x1, 0, 0, 3, 3), 0, 1, 0, 2), 0, 2, 3, 1);
        const __m128i s = MZ_TURN(MZ_PICK(x1, MZ_PICK(y1, y0, 2, 2, 2, 2), 1, 0, 0, 2), 0, 2, 3, 1);
        x0 = p, y0 = q, x1 = r, y1 = s;
    }
    MZ_END;
}

#undef MZ_ROT16
#undef MZ_ROT8
#undef MZ_ROT12
#undef MZ_ROT7

/* AVX-512VL: rotations are instructions, and one permutation of the whole message a round brings
 * every word to its place; none of the seven waits for another. */
#define MZ_ROT16(r) _mm_ror_epi32(r, 16)
#define MZ_ROT12(r) _mm_ror_epi32(r, 12)
#define MZ_ROT8(r) _mm_ror_epi32(r, 8)
#define MZ_ROT7(r) _mm_ror_epi32(r, 7)

/* MZ_SCHEDULE in the order x0, y0, x1, y1 of a round. */
static const uint32_t MZ_PLACES[7][16] = {
    {0, 2, 4, 6, 1, 3, 5, 7, 14, 8, 10, 12, 15, 9, 11, 13},
    {2, 3, 7, 4, 6, 10, 0, 13, 15, 1, 12, 9, 8, 11, 5, 14},
    {3, 10, 13, 7, 4, 12, 2, 14, 8, 6, 9, 11, 1, 5, 0, 15},
    {10, 12, 14, 13, 7, 9, 3, 15, 1, 4, 11, 5, 6, 0, 2, 8},
    {12, 9, 15, 14, 13, 11, 10, 8, 6, 7, 5, 0, 4, 2, 3, 1},
    {9, 11, 8, 15, 14, 5, 12, 1, 4, 13, 0, 2, 7, 3, 10, 6},
    {11, 5, 1, 8, 15, 0, 9, 6, 7, 14, 2, 3, 13, 10, 12, 4},
};

MZ_TARGET("avx512f,avx512vl")
static void mz_compress_avx512vl(const uint32_t cv[8], const uint8_t block[MZ_BLOCK],
                                 uint32_t length, uint32_t flags, uint32_t out[16]) {
    const __m512i message = _mm512_loadu_si512(block);
    MZ_BEGIN;
#pragma GCC unroll 7
    for (int round = 0; round < 7; round++) {
        const __m512i words =
            _mm512_permutexvar_epi32(_mm512_loadu_si512(MZ_PLACES[round]), message);
        MZ_ROUND(_mm512_castsi512_si128(words), _mm512_extracti32x4_epi32(words, 1),
                 _mm512_extracti32x4_epi32(words, 2), _mm512_extracti32x4_epi32(words, 3));
    }
    MZ_END;
}

#undef MZ_ROT16
#undef MZ_ROT8
#undef MZ_ROT12
#undef MZ_ROT7

#endif
