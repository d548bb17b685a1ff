"""What this machine has several ways to do, one by one, for tests and benches: the compression, the
chains of many tokens, and reading text."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from engine._blake3 cimport (
    MZ_CHUNK, MZ_KEYED_HASH, mz_choose, mz_chunk, mz_kernel, mz_kernels, mz_load32,
)
from engine._token cimport (
    MZ_SLACK, mz_fold, mz_fold_many, mz_text_by_tables, mz_text_decode, mz_text_tables, mz_token,
    mz_token_read, mz_wide_kernel, mz_wide_kernels,
)

mz_choose()
mz_text_tables()


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


def wide_kernels():
    cdef const mz_wide_kernel* kernel = mz_wide_kernels()
    found = []
    while kernel.name != NULL:
        found.append(kernel.name.decode())
        kernel += 1
    return (*found, "one by one")


def fold_many(str kernel not None, bytes root not None, list tokens not None):
    """Whether each token's tail matched, whether it is sealed, and its blocks' ids."""
    cdef const mz_wide_kernel* one = mz_wide_kernels()
    cdef Py_ssize_t i, count = len(tokens), total = sum(map(len, tokens))
    cdef mz_token* read = <mz_token*>malloc(count * sizeof(mz_token) or 1)
    cdef mz_fold* folds = <mz_fold*>malloc(count * sizeof(mz_fold) or 1)
    cdef uint8_t* at = <uint8_t*>malloc(total + 64)
    cdef uint8_t* start = at
    try:
        if read == NULL or folds == NULL or at == NULL:
            raise MemoryError
        while one.name != NULL and one.name.decode() != kernel:
            one += 1
        for i in range(count):
            memcpy(at, PyBytes_AS_STRING(tokens[i]), len(tokens[i]))
            if not mz_token_read(&read[i], at, len(tokens[i])) or read[i].header.n >= MZ_CHUNK:
                raise ValueError(f"token {i} does not read as one with a header of one chunk")
            at += len(tokens[i])
            folds[i].token, folds[i].root = &read[i], <const uint8_t*>PyBytes_AS_STRING(root)
        mz_fold_many(one, folds, count)
        return [
            (
                bool(folds[i].matches),
                bool(read[i].sealed),
                [(<const char*>read[i].ids[b])[:16] for b in range(read[i].blocks)],
            )
            for i in range(count)
        ]
    finally:
        free(read)
        free(folds)
        free(start)


def decode_text(bytes text not None, size_t prefix, bint wide):
    """The token's bytes, or None where the text is refused; by wide registers or by tables."""
    cdef uint8_t* out = <uint8_t*>malloc(len(text) + MZ_SLACK)
    cdef long size
    if out == NULL:
        raise MemoryError
    try:
        mz_text_tables()
        if not wide:
            mz_text_by_tables()
        size = mz_text_decode(<const uint8_t*>PyBytes_AS_STRING(text), len(text), prefix, out)
        return None if size < 0 else (<const char*>out)[:size]
    finally:
        free(out)
