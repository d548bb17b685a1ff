"""What the extensions use of _blake3.h; see there for the rules."""

from libc.stdint cimport uint8_t, uint32_t

cdef extern from "_blake3.h" nogil:
    const size_t MZ_CHUNK
    const uint32_t MZ_KEYED_HASH
    const uint32_t MZ_CONTEXT
    const uint32_t MZ_MATERIAL
    const uint32_t* MZ_IV
    ctypedef void (*mz_compression)(
        const uint32_t* cv, const uint8_t* block, uint32_t length, uint32_t flags, uint32_t* out
    )
    ctypedef struct mz_kernel:
        const char* name
        mz_compression compress
    const mz_kernel* mz_kernels()
    mz_compression mz_compress
    void mz_choose()
    uint32_t mz_load32(const uint8_t* p)
    void mz_chunk(
        mz_compression compress, const uint32_t* key, uint32_t mode, int op,
        const uint8_t* data, size_t length, uint8_t* out
    )
    void mz_step(const uint8_t* key, uint8_t op, const uint8_t* data, size_t length, uint8_t* out)
    int mz_differ(const uint8_t* a, const uint8_t* b, size_t length)
    void mz_wipe(void* p, size_t length)
