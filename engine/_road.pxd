"""A verifier's rules as C reads them, for verify and verify_many."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t

from engine._denylist cimport Denylist
from engine._grant cimport Grant
from engine._tiers cimport mz_tiers
from engine._token cimport mz_facts, mz_proven, mz_token, mz_view

cdef enum Verdict:
    LEFT = 0  # to the readable road, which says yes or why not
    ALLOWED
    BAD_CHECKSUM
    BAD_TAIL
    NO_RECORD
    SAID  # in verify_many: the verdict is there already

# Who is asked about an actor: the tables, and what the actor's target is derived from.
cdef struct Actors:
    const mz_tiers* values
    const uint32_t* key
    const uint8_t* lead
    size_t lead_length

cdef struct Root:
    const uint8_t* secret  # 32 bytes of a bytes object in `kept`; NULL where there is none
    int64_t retired_at
    int64_t end

cdef struct Prefix:
    const uint8_t* text
    size_t length

cdef class Road:
    cdef object kept  # owns what the pointers below point into
    cdef str tenant
    cdef int64_t epoch
    cdef int64_t leeway
    cdef Root roots[256]
    cdef Prefix prefixes[4]  # key, public, macaroon, sealed
    cdef Denylist denied
    cdef object records
    cdef bint usable
    cdef uint8_t tenant_target[16]
    cdef uint32_t actor_key[8]
    cdef uint8_t actor_lead[256]  # u8 len(tenant) || tenant
    cdef size_t actor_lead_length

    cdef Verdict read_text(
        self, const uint8_t* text, size_t length, uint8_t* data, mz_token* t, int* prefix, long* size
    ) noexcept nogil
    cdef Verdict check_root(self, const mz_token* t) noexcept nogil
    cdef bint fits(self, const mz_token* t, int prefix) noexcept nogil
    cdef Verdict judge(
        self, const mz_token* t, int prefix, mz_facts* f, mz_proven* p
    ) noexcept nogil
    cdef bint issued(self, const mz_token* t, mz_facts* f) noexcept nogil
    cdef void expect(self, const mz_proven* p) noexcept nogil
    cdef bint is_dead(self, const mz_proven* p, int64_t now) noexcept nogil
    cdef object find_record(self, const uint8_t* key_id)
    cdef Verdict check(self, mz_proven* p, mz_facts* f, object record) except *
    cdef bint is_actor_dead(self, mz_view actor, int64_t issued_at) noexcept nogil
    cdef void ask(self, Actors* asked) noexcept nogil
    cdef bint is_delegate_dead(self, const mz_token* t) noexcept nogil
    cdef Grant grant(self, const uint8_t* data, long size, const mz_proven* p, object record)
    cdef Grant attempt(self, token, access)
    cdef object settle(
        self, const mz_token* t, int prefix, mz_facts* f, const uint8_t* data, long size
    )
