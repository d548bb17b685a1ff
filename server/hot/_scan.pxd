"""A request's head by its bytes; see `_scan.h`."""

cdef extern from "_scan.h" nogil:
    ctypedef struct mz_head:
        size_t end
        size_t size
        const char *id
        size_t id_size
        char matters[4096]

    bint mz_head_scan(const char *text, size_t size, mz_head *head)
