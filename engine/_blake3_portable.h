/* The compression in plain C: the reference of the others, and for every machine. */
#ifndef MARZIPAN_BLAKE3_PORTABLE_H
#define MARZIPAN_BLAKE3_PORTABLE_H

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

static void mz_compress_portable(const uint32_t cv[8], const uint8_t block[MZ_BLOCK],
                                 uint32_t length, uint32_t flags, uint32_t out[16]) {
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
    mz_wipe(v, sizeof v);
}

#endif
