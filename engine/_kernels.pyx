"""The implementations of the compression on this machine, one by one, for tests and benches."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t

from engine._blake3 cimport (
    MZ_CHUNK, MZ_KEYED_HASH, mz_chunk, mz_kernel, mz_kernels, mz_load32,
)


def kernels():
    cdef const mz_kernel* kernel = mz_kernels()
    found = []
    while kernel.name != NULL:
        found.append(kernel.name.decode())
        kernel += 1
    return tuple(found)


def keyed(str kernel not None, bytes key not None, bytes data not None):
    cdef const mz_kernel* one = mz_kernels()
    cdef const uint8_t* secret = <const uint8_t*>PyBytes_AS_STRING(key)
    cdef uint32_t words[8]
    cdef uint8_t out[64]
    if PyBytes_GET_SIZE(key) != 32:
        raise ValueError("a key is exactly 32 bytes")
    if PyBytes_GET_SIZE(data) > <Py_ssize_t>MZ_CHUNK:
        raise ValueError("one chunk is at most 1,024 bytes")
    while one.name != NULL and one.name.decode() != kernel:
        one += 1
    if one.name == NULL:
        raise ValueError(f"this machine has no kernel {kernel!r}")
    for i in range(8):
        words[i] = mz_load32(&secret[4 * i])
    mz_chunk(
        one.compress, words, MZ_KEYED_HASH, -1, <const uint8_t*>PyBytes_AS_STRING(data),
        <size_t>PyBytes_GET_SIZE(data), out,
    )
    return out[:64]
