"""What the yes of a tenant's routes needs, as heads use it."""

from libc.stdint cimport int64_t

from engine._grant cimport Grant


cdef class Question:
    cdef object stated
    cdef bint names_client
    cdef bint names_audience
    cdef dict made
    cdef int64_t second

    cdef object at(self, int64_t second, client)


cdef class Tally:
    cdef readonly object of
    cdef readonly int64_t count


cdef class Said:
    cdef object record  # the KeyRecord of its key
    cdef object told  # the bytes before the request's id and after it
    cdef tuple use  # by which its use is remembered
    cdef Py_ssize_t size  # bytes of it and its token


cdef class Saying:
    cdef object encode
    cdef str tenant
    cdef dict records, said
    cdef Py_ssize_t budget, size  # bytes that may be remembered, and that are

    cdef Said of(self, Grant grant)
    cdef void keep(self, bytes token, Said said) except *


cdef class Road:
    cdef object node, clock, holds, client_of, system, tenant
    cdef Saying verdicts, passes
    cdef Question admin
    cdef tuple starts
    cdef dict clients, questions, admins
    cdef bytes noise  # of which ids are made
    cdef int left  # so many of them
    cdef object common
    cdef bytes begin

    cdef object client(self, peer, forwarded)
    cdef Question question(self, bytes rest)
    cdef tuple admitted(self, str text, int64_t now, client)
    cdef Said judged(self, Saying saying, str credential, Question asked, int64_t now, client)
    cdef bytes fresh_id(self)
    cdef bytes framed(self, Said said, bytes request_id, common)
