"""What the extensions use of the C headers; see there for the rules."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t

cdef extern from "_wire.h" nogil:
    ctypedef struct mz_cursor:
        const uint8_t* p
        const uint8_t* end
    ctypedef struct mz_view:
        const uint8_t* p
        uint32_t n
    ctypedef struct mz_list:
        const uint8_t* first
        uint32_t count
    int mz_array(mz_cursor* c, uint32_t* count)
    int mz_uint(mz_cursor* c, int64_t* value)
    int mz_bin(mz_cursor* c, mz_view* view)
    int mz_str(mz_cursor* c, mz_view* view)
    int mz_text(mz_cursor* c, mz_view* view)
    int mz_texts(mz_cursor* c, mz_list* items, int (*read)(mz_cursor*, mz_view*))
    mz_view mz_next_str(const uint8_t** p)
    mz_view mz_next_bin(const uint8_t** p)
    void mz_skip(mz_cursor* c)
    int mz_same(const uint8_t* a, const uint8_t* b, size_t length)
    int mz_equal(mz_view a, mz_view b)

cdef extern from "_text.h" nogil:
    const long MZ_TEXT_CHECKSUM
    const size_t MZ_TEXT_LIMIT
    const size_t MZ_BYTES_LIMIT
    const size_t MZ_SLACK
    void mz_text_tables()
    void mz_text_by_tables()
    long mz_text_decode(const uint8_t* text, size_t length, size_t prefix, uint8_t* out)

cdef extern from "_token.h" nogil:
    ctypedef struct mz_token:
        mz_view header
        mz_view block[16]
        int blocks
        const uint8_t* tail
        int is_grant
        int64_t master_id
        int64_t epoch
        int64_t key_issued_at
        const uint8_t* key_id
        const uint8_t* grant_id
        int64_t generation
        int64_t issued_at
        int64_t expires_at
        mz_view actor
        mz_list scopes
        mz_list cidrs
        mz_list audiences
        mz_view claims
        int sealed
        uint8_t ids[16][16]
    int mz_is_network(mz_view packed)
    int mz_token_read(mz_token* t, const uint8_t* data, size_t length)
    int mz_token_fold(mz_token* t, const uint8_t* root)
    int mz_token_end(mz_token* t, uint8_t* out)

cdef extern from "_patterns.h" nogil:
    int mz_is_scope(mz_view scope)
    int mz_scope_covers(mz_view held, mz_view required)

cdef extern from "_facts.h" nogil:
    const int MZ_REQUIRED
    const int MZ_UNREAD
    ctypedef struct mz_path:
        mz_view text
        int reading
    ctypedef struct mz_facts:
        int64_t now
        int64_t leeway
        mz_view method, tool, audience, currency, body_hash, binding
        mz_path path, resource
        int64_t amount
        mz_view required[64]
        uint32_t required_count
        mz_view client_ip
        uint32_t client_size
    int mz_contains(mz_view network, mz_facts* f)

cdef extern from "_judge.h" nogil:
    ctypedef struct mz_narrowed:
        int64_t expires_at
        int narrows_scopes
        int names_audiences
        int delegates
    ctypedef struct mz_proven:
        const uint8_t* key_id
        const uint8_t* grant_id
        const uint8_t* ids
        int64_t key_issued_at
        int64_t generation
        mz_view actor
        mz_narrowed narrowed
        uint8_t master_id
        uint8_t blocks
        uint8_t sealed
        uint8_t prefix
    ctypedef int (*mz_actor_dead)(const void* denied, mz_view actor, int64_t issued_at)
    int mz_blocks_allow(const mz_token* t, mz_facts* f, mz_narrowed* n)
    int mz_names_dead(const mz_token* t, mz_actor_dead dead, const void* denied)

cdef extern from "_lanes.h" nogil:
    ctypedef struct mz_wide_kernel:
        const char* name
        int lanes
    const mz_wide_kernel* mz_wide_kernels()

cdef extern from "_fold_many.h" nogil:
    ctypedef struct mz_fold:
        mz_token* token
        const uint8_t* root
        int matches
        void* owner
    void mz_fold_many(const mz_wide_kernel* kernel, mz_fold* folds, size_t count)

cdef extern from "_members.h":
    Py_ssize_t mz_offset(object type, const char* name)
    PyObject* mz_field(object of, Py_ssize_t offset)
    bint mz_string(object text, mz_view* view)
    bint mz_integer(PyObject* number, int64_t* value)
