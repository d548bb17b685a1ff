/* Keyed BLAKE3 of one chunk (at most 1,024 bytes), 64 bytes of extended output.
 *
 * Everything a chain step needs and nothing else: no tree, no streaming. Source: "BLAKE3: one
 * function, fast everywhere" (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), sections 2.1-2.6.
 */
#ifndef MARZIPAN_BLAKE3_H
#define MARZIPAN_BLAKE3_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MZ_BLOCK 64
#define MZ_CHUNK 1024

enum { MZ_CHUNK_START = 1, MZ_CHUNK_END = 2, MZ_ROOT = 8, MZ_KEYED_HASH = 16 };

static const uint32_t MZ_IV[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                  0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

/* The message permutation applied 0 to 6 times, so that no round moves a word. */
static const uint8_t MZ_SCHEDULE[7][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
    {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
    {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
    {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
    {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
    {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13},
};

static inline uint32_t mz_load32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void mz_store32(uint8_t *p, uint32_t w) {
    p[0] = (uint8_t)w;
    p[1] = (uint8_t)(w >> 8);
    p[2] = (uint8_t)(w >> 16);
    p[3] = (uint8_t)(w >> 24);
}

static inline uint32_t mz_rotr(uint32_t w, int n) { return w >> n | w << (32 - n); }

#define MZ_G(a, b, c, d, x, y)              \
    do {                                    \
        v[a] += v[b] + (x);                 \
        v[d] = mz_rotr(v[d] ^ v[a], 16);    \
        v[c] += v[d];                       \
        v[b] = mz_rotr(v[b] ^ v[c], 12);    \
        v[a] += v[b] + (y);                 \
        v[d] = mz_rotr(v[d] ^ v[a], 8);     \
        v[c] += v[d];                       \
        v[b] = mz_rotr(v[b] ^ v[c], 7);     \
    } while (0)

/* One compression; all 16 output words, of which the first 8 are the chaining value. */
static inline void mz_compress(const uint32_t cv[8], const uint8_t block[MZ_BLOCK], uint32_t length,
                               uint32_t flags, uint32_t out[16]) {
    uint32_t m[16], v[16];
    for (int i = 0; i < 16; i++) m[i] = mz_load32(block + 4 * i);
    for (int i = 0; i < 8; i++) v[i] = cv[i];
    for (int i = 0; i < 4; i++) v[8 + i] = MZ_IV[i];
    v[12] = v[13] = 0; /* the chunk counter: there is only chunk 0 */
    v[14] = length;
    v[15] = flags;
    for (int r = 0; r < 7; r++) {
        const uint8_t *s = MZ_SCHEDULE[r];
        MZ_G(0, 4, 8, 12, m[s[0]], m[s[1]]);
        MZ_G(1, 5, 9, 13, m[s[2]], m[s[3]]);
        MZ_G(2, 6, 10, 14, m[s[4]], m[s[5]]);
        MZ_G(3, 7, 11, 15, m[s[6]], m[s[7]]);
        MZ_G(0, 5, 10, 15, m[s[8]], m[s[9]]);
        MZ_G(1, 6, 11, 12, m[s[10]], m[s[11]]);
        MZ_G(2, 7, 8, 13, m[s[12]], m[s[13]]);
        MZ_G(3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; i++) {
        out[i] = v[i] ^ v[i + 8];
        out[i + 8] = v[i + 8] ^ cv[i];
    }
}

/* B3(key, op || data)[0:64]. Requires length < MZ_CHUNK: the op byte takes the first place. */
static inline void mz_step(const uint8_t key[32], uint8_t op, const uint8_t *data, size_t length,
                           uint8_t out[64]) {
    uint8_t message[MZ_CHUNK];
    uint32_t cv[8], words[16];
    uint32_t flags = MZ_KEYED_HASH | MZ_CHUNK_START;
    size_t left = length + 1, at = 0;
    size_t padded = (left + MZ_BLOCK - 1) / MZ_BLOCK * MZ_BLOCK;

    message[0] = op;
    if (length) memcpy(message + 1, data, length);
    memset(message + left, 0, padded - left);
    for (int i = 0; i < 8; i++) cv[i] = mz_load32(key + 4 * i);
    while (left > MZ_BLOCK) {
        mz_compress(cv, message + at, MZ_BLOCK, flags, words);
        memcpy(cv, words, sizeof cv);
        flags = MZ_KEYED_HASH;
        at += MZ_BLOCK;
        left -= MZ_BLOCK;
    }
    mz_compress(cv, message + at, (uint32_t)left, flags | MZ_CHUNK_END | MZ_ROOT, words);
    for (int i = 0; i < 16; i++) mz_store32(out + 4 * i, words[i]);
}

/* 0 where all bytes agree; the time depends on the length alone. */
static inline int mz_differ(const uint8_t *a, const uint8_t *b, size_t length) {
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < length; i++) difference |= a[i] ^ b[i];
    return difference != 0;
}

/* Writes that no optimiser removes, for keys on the stack. */
static inline void mz_wipe(void *p, size_t length) {
    volatile uint8_t *bytes = (volatile uint8_t *)p;
    while (length--) *bytes++ = 0;
}

#endif
