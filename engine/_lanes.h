/* The compression of many messages at once, one a lane of a wide register. Each lane has a key and
 * a message of its own; the words of the state stand apart (word by word, lane by lane). */
#ifndef MARZIPAN_LANES_H
#define MARZIPAN_LANES_H

#include "_blake3.h"

#define MZ_LANES 16 /* the most there are */

typedef struct {
    uint32_t cv[8][MZ_LANES]; /* in: the key or chaining value; out: words 0 to 7 */
    uint32_t high[4][MZ_LANES]; /* out: words 8 to 11, of which a revocation id is made */
    uint32_t length[MZ_LANES];
    uint32_t flags[MZ_LANES];
    uint32_t op[MZ_LANES]; /* the first byte of a chunk, whatever stands there; 0 in other blocks */
    const uint8_t *block[MZ_LANES]; /* 64 readable bytes, `length` of which are the message's */
} mz_lanes;

/* What is kept of a block of `size` bytes begins at `MZ_KEPT + MZ_BLOCK - size`. */
static const uint64_t MZ_KEPT_WORDS[16] = {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
#define MZ_KEPT ((const uint8_t *)MZ_KEPT_WORDS)

typedef void (*mz_wide_compression)(mz_lanes *);

typedef struct {
    const char *name;
    int lanes;
    mz_wide_compression compress;
} mz_wide_kernel;

#define MZ_WIDE_G(a, b, c, d, x, y)                            \
    v[a] = MZ_ADD(MZ_ADD(v[a], v[b]), x);                      \
    v[d] = MZ_ROT16(MZ_XOR(v[d], v[a]));                       \
    v[c] = MZ_ADD(v[c], v[d]);                                 \
    v[b] = MZ_ROT12(MZ_XOR(v[b], v[c]));                       \
    v[a] = MZ_ADD(MZ_ADD(v[a], v[b]), y);                      \
    v[d] = MZ_ROT8(MZ_XOR(v[d], v[a]));                        \
    v[c] = MZ_ADD(v[c], v[d]);                                 \
    v[b] = MZ_ROT7(MZ_XOR(v[b], v[c]))

/* Seven rounds over v[16] and m[16], whose indices are constants once this is unrolled. */
#define MZ_WIDE_ROUNDS                                                               \
    _Pragma("GCC unroll 7") for (int r = 0; r < 7; r++) {                            \
        const uint8_t *s = MZ_SCHEDULE[r];                                           \
        MZ_WIDE_G(0, 4, 8, 12, m[s[0]], m[s[1]]);                                    \
        MZ_WIDE_G(1, 5, 9, 13, m[s[2]], m[s[3]]);                                    \
        MZ_WIDE_G(2, 6, 10, 14, m[s[4]], m[s[5]]);                                   \
        MZ_WIDE_G(3, 7, 11, 15, m[s[6]], m[s[7]]);                                   \
        MZ_WIDE_G(0, 5, 10, 15, m[s[8]], m[s[9]]);                                   \
        MZ_WIDE_G(1, 6, 11, 12, m[s[10]], m[s[11]]);                                 \
        MZ_WIDE_G(2, 7, 8, 13, m[s[12]], m[s[13]]);                                  \
        MZ_WIDE_G(3, 4, 9, 14, m[s[14]], m[s[15]]);                                  \
    }

#ifdef MZ_X86

#define MZ_ADD(x, y) _mm512_add_epi32(x, y)
#define MZ_XOR(x, y) _mm512_xor_si512(x, y)
#define MZ_ROT16(x) _mm512_ror_epi32(x, 16)
#define MZ_ROT12(x) _mm512_ror_epi32(x, 12)
#define MZ_ROT8(x) _mm512_ror_epi32(x, 8)
#define MZ_ROT7(x) _mm512_ror_epi32(x, 7)

MZ_TARGET("avx512f")
static inline __m512i mz_row_avx512(const mz_lanes *l, int i) {
    return _mm512_and_si512(_mm512_loadu_si512(l->block[i]),
                            _mm512_loadu_si512(MZ_KEPT + MZ_BLOCK - l->length[i]));
}

MZ_TARGET("avx512f")
static inline void mz_lanes_avx512(mz_lanes *l) {
    __m512i v[16], m[16], t[16];
    /* Sixteen rows of sixteen words become sixteen columns: pairs, fours, then quarters. */
    for (int i = 0; i < 8; i++) {
        const __m512i a = mz_row_avx512(l, 2 * i);
        const __m512i b = mz_row_avx512(l, 2 * i + 1);
        t[2 * i] = _mm512_unpacklo_epi32(a, b);
        t[2 * i + 1] = _mm512_unpackhi_epi32(a, b);
    }
    for (int i = 0; i < 4; i++) {
        m[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        m[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        m[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        m[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(m[i], m[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_i32x4(m[i], m[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_i32x4(m[8 + i], m[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_i32x4(m[8 + i], m[12 + i], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        m[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
        m[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
        m[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
        m[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
    }
    for (int i = 0; i < 8; i++) v[i] = _mm512_loadu_si512(l->cv[i]);
    for (int i = 0; i < 4; i++) v[8 + i] = _mm512_set1_epi32((int)MZ_IV[i]);
    v[12] = v[13] = _mm512_setzero_si512();
    v[14] = _mm512_loadu_si512(l->length);
    v[15] = _mm512_loadu_si512(l->flags);
    const __m512i starts = _mm512_and_si512(v[15], _mm512_set1_epi32(MZ_CHUNK_START));
    const __m512i op = _mm512_sub_epi32(_mm512_slli_epi32(starts, 8), starts);
    m[0] = _mm512_or_si512(_mm512_andnot_si512(op, m[0]), _mm512_loadu_si512(l->op));
    MZ_WIDE_ROUNDS
    for (int i = 0; i < 8; i++) {
        if (i < 4) {
            const __m512i cv = _mm512_loadu_si512(l->cv[i]);
            _mm512_storeu_si512(l->high[i], _mm512_xor_si512(v[i + 8], cv));
        }
        _mm512_storeu_si512(l->cv[i], _mm512_xor_si512(v[i], v[i + 8]));
    }
}

#undef MZ_ADD
#undef MZ_XOR
#undef MZ_ROT16
#undef MZ_ROT12
#undef MZ_ROT8
#undef MZ_ROT7

#define MZ_ADD(x, y) _mm256_add_epi32(x, y)
#define MZ_XOR(x, y) _mm256_xor_si256(x, y)
#define MZ_ROT16(x) _mm256_shuffle_epi8(x, by16)
#define MZ_ROT8(x) _mm256_shuffle_epi8(x, by8)
#define MZ_ROT12(x) _mm256_or_si256(_mm256_srli_epi32(x, 12), _mm256_slli_epi32(x, 20))
#define MZ_ROT7(x) _mm256_or_si256(_mm256_srli_epi32(x, 7), _mm256_slli_epi32(x, 25))
#define MZ_LOAD256(p) _mm256_loadu_si256((const __m256i *)(p))

MZ_TARGET("avx2")
static inline __m256i mz_row_avx2(const mz_lanes *l, int i, int at) {
    return _mm256_and_si256(MZ_LOAD256(l->block[i] + at),
                            MZ_LOAD256(MZ_KEPT + MZ_BLOCK - l->length[i] + at));
}

/* Eight rows of eight words, from byte `at` of each lane's block, become columns. */
MZ_TARGET("avx2")
static inline void mz_columns_avx2(const mz_lanes *l, int at, __m256i m[8]) {
    __m256i t[8];
    for (int i = 0; i < 4; i++) {
        const __m256i a = mz_row_avx2(l, 2 * i, at);
        const __m256i b = mz_row_avx2(l, 2 * i + 1, at);
        t[2 * i] = _mm256_unpacklo_epi32(a, b);
        t[2 * i + 1] = _mm256_unpackhi_epi32(a, b);
    }
    for (int i = 0; i < 2; i++) {
        const __m256i *p = t + 4 * i;
        m[4 * i] = _mm256_unpacklo_epi64(p[0], p[2]);
        m[4 * i + 1] = _mm256_unpackhi_epi64(p[0], p[2]);
        m[4 * i + 2] = _mm256_unpacklo_epi64(p[1], p[3]);
        m[4 * i + 3] = _mm256_unpackhi_epi64(p[1], p[3]);
    }
    for (int i = 0; i < 4; i++) {
        const __m256i low = m[i], high = m[4 + i];
        m[i] = _mm256_permute2x128_si256(low, high, 0x20);
        m[4 + i] = _mm256_permute2x128_si256(low, high, 0x31);
    }
}

MZ_TARGET("avx2")
static inline void mz_lanes_avx2(mz_lanes *l) {
    const __m256i by16 = _mm256_broadcastsi128_si256(
        _mm_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
    const __m256i by8 = _mm256_broadcastsi128_si256(
        _mm_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1));
    __m256i v[16], m[16];
    mz_columns_avx2(l, 0, m);
    mz_columns_avx2(l, 32, m + 8);
    for (int i = 0; i < 8; i++) v[i] = MZ_LOAD256(l->cv[i]);
    for (int i = 0; i < 4; i++) v[8 + i] = _mm256_set1_epi32((int)MZ_IV[i]);
    v[12] = v[13] = _mm256_setzero_si256();
    v[14] = MZ_LOAD256(l->length);
    v[15] = MZ_LOAD256(l->flags);
    const __m256i starts = _mm256_and_si256(v[15], _mm256_set1_epi32(MZ_CHUNK_START));
    const __m256i op = _mm256_sub_epi32(_mm256_slli_epi32(starts, 8), starts);
    m[0] = _mm256_or_si256(_mm256_andnot_si256(op, m[0]), MZ_LOAD256(l->op));
    MZ_WIDE_ROUNDS
    for (int i = 0; i < 8; i++) {
        if (i < 4) {
            const __m256i cv = MZ_LOAD256(l->cv[i]);
            _mm256_storeu_si256((__m256i *)l->high[i], _mm256_xor_si256(v[i + 8], cv));
        }
        _mm256_storeu_si256((__m256i *)l->cv[i], _mm256_xor_si256(v[i], v[i + 8]));
    }
}

#endif

/* The wide kernels of this machine, best first, ended by a NULL name; there may be none. */
static inline const mz_wide_kernel *mz_wide_kernels(void) {
#ifdef MZ_X86
    static const mz_wide_kernel all[] = {
        {"avx512", 16, mz_lanes_avx512}, {"avx2", 8, mz_lanes_avx2}, {NULL, 0, NULL}};
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return all;
    if (__builtin_cpu_supports("avx2")) return all + 1;
    return all + 2;
#else
    static const mz_wide_kernel none[] = {{NULL, 0, NULL}};
    return none;
#endif
}

#endif
