"""The chain on every verify's path: keyed BLAKE3 of one chunk, folded, compared, wiped.

Same functions as `_chain_py.py`, which is the specification. A header or block of at most 1,023
bytes is one chunk with its op byte; a longer header goes to the blake3 package.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t
from libc.string cimport memcpy

from blake3 import blake3

from engine._blake3 cimport MZ_CHUNK, mz_choose, mz_differ, mz_step, mz_wipe

mz_choose()


cdef int _step(const uint8_t* key, uint8_t op, bytes data, uint8_t* out) except -1:
    cdef size_t length = <size_t>PyBytes_GET_SIZE(data)
    cdef bytes output
    if length < MZ_CHUNK:
        mz_step(key, op, <const uint8_t*>PyBytes_AS_STRING(data), length, out)
    else:
        output = blake3(bytes([op]) + data, key=key[:32]).digest(length=64)
        memcpy(out, PyBytes_AS_STRING(output), 64)
    return 0


cdef const uint8_t* _key(bytes key) except NULL:
    if PyBytes_GET_SIZE(key) != 32:
        raise ValueError("a chain key is exactly 32 bytes")
    return <const uint8_t*>PyBytes_AS_STRING(key)


cdef bytes _take(const uint8_t* p, Py_ssize_t length):
    return PyBytes_FromStringAndSize(<const char*>p, length)


def start(bytes tenant_key not None, bytes header not None):
    cdef uint8_t out[64]
    try:
        _step(_key(tenant_key), 1, header, out)
        return _take(out, 32)
    finally:
        mz_wipe(out, 64)


def extend(bytes tail not None, bytes block not None):
    cdef uint8_t out[64]
    try:
        _step(_key(tail), 2, block, out)
        return _take(out, 32), _take(out + 32, 16)
    finally:
        mz_wipe(out, 64)


def seal(bytes tail not None):
    cdef uint8_t out[64]
    try:
        _step(_key(tail), 3, b"", out)
        return _take(out, 32)
    finally:
        mz_wipe(out, 64)


def fold(bytes tenant_key not None, bytes header not None, blocks not None):
    cdef uint8_t out[64]
    cdef uint8_t tag[32]
    cdef list ids = []
    cdef bytes block
    try:
        _step(_key(tenant_key), 1, header, out)
        for block in blocks:
            if block is None:
                raise TypeError("a block is bytes, not None")
            memcpy(tag, out, 32)
            _step(tag, 2, block, out)
            ids.append(_take(out + 32, 16))
        return _take(out, 32), ids
    finally:
        mz_wipe(out, 64)
        mz_wipe(tag, 32)


def equal(bytes one not None, bytes other not None):
    if PyBytes_GET_SIZE(one) != 32 or PyBytes_GET_SIZE(other) != 32:
        raise ValueError("a tail is exactly 32 bytes")
    return not mz_differ(
        <const uint8_t*>PyBytes_AS_STRING(one), <const uint8_t*>PyBytes_AS_STRING(other), 32
    )
