"""The body of a verify as far as a scan can read it."""

from libc.string cimport memcmp

cdef enum:
    CREDENTIAL = 8192


cdef inline Py_ssize_t blanks(const char *text, Py_ssize_t at, Py_ssize_t size) noexcept:
    while at < size and text[at] in (32, 9, 10, 13):
        at += 1
    return at


cdef inline bint is_plain(unsigned char one) noexcept:
    return (
        c"a" <= one <= c"z" or c"A" <= one <= c"Z" or c"0" <= one <= c"9"
        or one == c"_" or one == c"-" or one == c"."
    )


cdef inline bint credential_in(
    const char *text, Py_ssize_t size, Py_ssize_t *begin, Py_ssize_t *end
) noexcept:
    """Where the text of `{"credential": "...` is, if it is plain: a quote comes before and after."""
    cdef Py_ssize_t at
    at = blanks(text, 0, size)
    if at >= size or text[at] != c"{":
        return False
    at = blanks(text, at + 1, size)
    if size - at < 12 or memcmp(text + at, b'"credential"', 12) != 0:
        return False
    at = blanks(text, at + 12, size)
    if at >= size or text[at] != c":":
        return False
    at = blanks(text, at + 1, size)
    if at >= size or text[at] != c'"':
        return False
    begin[0] = at = at + 1
    while at < size and is_plain(<unsigned char>text[at]):
        at += 1
    end[0] = at
    return begin[0] < at < size and at - begin[0] <= CREDENTIAL and text[at] == c'"'
