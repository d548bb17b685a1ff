/* BLAKE3 of one chunk (at most 1,024 bytes), 64 bytes of extended output.
 *
 * Everything a chain step needs and nothing else: no tree, no streaming. Source: "BLAKE3: one
 * function, fast everywhere" (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), sections 2.1-2.6.
 *
 * The compression exists three times, once per instruction set, with one meaning; `mz_kernels`
 * lists those that this machine has, best first, and `mz_compress` points at the first.
 */
#ifndef MARZIPAN_BLAKE3_H
#define MARZIPAN_BLAKE3_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MZ_BLOCK 64
#define MZ_CHUNK 1024

enum {
    MZ_CHUNK_START = 1,
    MZ_CHUNK_END = 2,
    MZ_ROOT = 8,
    MZ_KEYED_HASH = 16,
    MZ_CONTEXT = 32,
    MZ_MATERIAL = 64
};

static const uint32_t MZ_IV[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                  0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

/* One compression; all 16 output words, of which the first 8 are the chaining value. */
typedef void (*mz_compression)(const uint32_t cv[8], const uint8_t block[MZ_BLOCK],
                               uint32_t length, uint32_t flags, uint32_t out[16]);

typedef struct {
    const char *name;
    mz_compression compress;
} mz_kernel;

static inline uint32_t mz_load32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void mz_store32(uint8_t *p, uint32_t w) {
    p[0] = (uint8_t)w;
    p[1] = (uint8_t)(w >> 8);
    p[2] = (uint8_t)(w >> 16);
    p[3] = (uint8_t)(w >> 24);
}

/* Writes that no optimiser removes, for keys on the stack. */
static inline void mz_wipe(void *p, size_t length) {
#ifdef __GNUC__
    memset(p, 0, length);
    __asm__ __volatile__("" : : "r"(p) : "memory");
#else
    volatile uint8_t *bytes = (volatile uint8_t *)p;
    while (length--) *bytes++ = 0;
#endif
}

#include "_blake3_portable.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define MZ_X86 1
#include "_blake3_x86.h"
#endif

/* The kernels of this machine, best first, ended by a NULL name. */
static inline const mz_kernel *mz_kernels(void) {
#ifdef MZ_X86
    static const mz_kernel all[] = {{"avx512vl", mz_compress_avx512vl},
                                    {"sse41", mz_compress_sse41},
                                    {"portable", mz_compress_portable},
                                    {NULL, NULL}};
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return all;
    if (__builtin_cpu_supports("sse4.1")) return all + 1;
    return all + 2;
#else
    static const mz_kernel all[] = {{"portable", mz_compress_portable}, {NULL, NULL}};
    return all;
#endif
}

/* Chosen when the module is imported (mz_choose), and the same from then on. */
static mz_compression mz_compress = mz_compress_portable;

static inline void mz_choose(void) { mz_compress = mz_kernels()[0].compress; }

/* The output of one chunk [op ||] data, mode MZ_KEYED_HASH, MZ_CONTEXT or MZ_MATERIAL. `op` is
 * left out where negative. Requires that the whole is at most MZ_CHUNK bytes. Keys are wiped from
 * the stack; `out`, from which the next ones are made, is for the caller to wipe. */
static inline void mz_chunk(mz_compression compress, const uint32_t key[8], uint32_t mode, int op,
                            const uint8_t *data, size_t length, uint8_t out[64]) {
    uint8_t block[MZ_BLOCK];
    uint32_t cv[8], words[16];
    uint32_t flags = mode | MZ_CHUNK_START;
    size_t lead = op >= 0, left = length + lead;

    memcpy(cv, key, sizeof cv);
    if (lead) block[0] = (uint8_t)op;
    while (left > MZ_BLOCK) {
        memcpy(block + lead, data, MZ_BLOCK - lead);
        compress(cv, block, MZ_BLOCK, flags, words);
        memcpy(cv, words, sizeof cv);
        flags = mode;
        data += MZ_BLOCK - lead;
        left -= MZ_BLOCK;
        lead = 0;
    }
    if (left > lead) memcpy(block + lead, data, left - lead);
    memset(block + left, 0, MZ_BLOCK - left);
    compress(cv, block, (uint32_t)left, flags | MZ_CHUNK_END | MZ_ROOT, words);
    for (int i = 0; i < 16; i++) mz_store32(out + 4 * i, words[i]);
    mz_wipe(cv, sizeof cv);
    mz_wipe(words, sizeof words);
}

/* B3(key, op || data)[0:64], a step of the chain. Requires length < MZ_CHUNK: the op byte takes
 * the first place. */
static inline void mz_step(const uint8_t key[32], uint8_t op, const uint8_t *data, size_t length,
                           uint8_t out[64]) {
    uint32_t words[8];
    for (int i = 0; i < 8; i++) words[i] = mz_load32(key + 4 * i);
    mz_chunk(mz_compress, words, MZ_KEYED_HASH, op, data, length, out);
    mz_wipe(words, sizeof words);
}

/* Hides from the optimiser what is known of a value, so that no loop may end early on it. */
#ifdef __GNUC__
#define MZ_OPAQUE(value) __asm__ __volatile__("" : "+r"(value))
#else
#define MZ_OPAQUE(value) (*(volatile uint64_t *)&(value))
#endif

/* 0 where all bytes agree; the time depends on the length alone, a multiple of 8. */
static inline int mz_differ(const uint8_t *a, const uint8_t *b, size_t length) {
    uint64_t difference = 0;
    for (size_t i = 0; i < length; i += 8) {
        uint64_t x, y;
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        difference |= x ^ y;
        MZ_OPAQUE(difference);
    }
    return difference != 0;
}

#endif
