"""What the extensions use of _blake3.h; see there for the rules."""

from libc.stdint cimport uint8_t

cdef extern from "_blake3.h" nogil:
    const size_t MZ_CHUNK
    void mz_step(const uint8_t* key, uint8_t op, const uint8_t* data, size_t length, uint8_t* out)
    int mz_differ(const uint8_t* a, const uint8_t* b, size_t length)
    void mz_wipe(void* p, size_t length)
