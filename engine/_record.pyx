"""A KeyRecord read in C, and what it allows before any caveat. Same as terms.of_key."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t

from engine._token cimport (
    mz_contains, mz_field, mz_integer, mz_is_network, mz_is_scope, mz_offset, mz_scope_covers,
    mz_string,
)

from engine.types import KeyRecord, KeyStatus, Visibility

cdef struct Offsets:
    Py_ssize_t master_id, issued_at, expires_at, status, visibility, actor, scopes, networks

cdef object RECORD = KeyRecord
cdef object ACTIVE = KeyStatus.ACTIVE
cdef object PUBLIC = Visibility.PUBLIC
cdef object SECRET = Visibility.SECRET
cdef Offsets R
R.master_id = mz_offset(KeyRecord, b"master_id")
R.issued_at = mz_offset(KeyRecord, b"issued_at")
R.expires_at = mz_offset(KeyRecord, b"expires_at")
R.status = mz_offset(KeyRecord, b"status")
R.visibility = mz_offset(KeyRecord, b"visibility")
R.actor = mz_offset(KeyRecord, b"actor")
R.scopes = mz_offset(KeyRecord, b"scopes")
R.networks = mz_offset(KeyRecord, b"networks")
cdef bint SLOTTED = min(
    R.master_id, R.issued_at, R.expires_at, R.status, R.visibility, R.actor, R.scopes, R.networks
) > 0


cdef bint _covered(object held, mz_facts* f) except -1:
    """Whether the scopes of a record cover all that are required."""
    cdef mz_view one
    cdef uint32_t r
    cdef Py_ssize_t i
    cdef bint found
    if type(held) is not tuple:
        return False
    for i in range(PyTuple_GET_SIZE(held)):  # the Grant reads them as C does
        if not mz_string(<object>PyTuple_GET_ITEM(held, i), &one):
            return False
    for r in range(f.required_count):
        found = False
        for i in range(PyTuple_GET_SIZE(held)):
            if not mz_string(<object>PyTuple_GET_ITEM(held, i), &one):
                return False
            found = found or (mz_is_scope(one) and mz_scope_covers(one, f.required[r]))
        if not found:
            return False
    return True


cdef bint _inside(object networks, mz_facts* f) except -1:
    cdef mz_view network
    cdef Py_ssize_t i
    if type(networks) is not tuple:
        return False
    for i in range(PyTuple_GET_SIZE(networks)):
        one = <object>PyTuple_GET_ITEM(networks, i)
        if type(one) is not bytes:
            return False
        network.p = <const uint8_t*>PyBytes_AS_STRING(one)
        network.n = <uint32_t>PyBytes_GET_SIZE(one)
        if network.n not in (5, 17):
            continue
        if not mz_is_network(network):  # a longer prefix than the address has would read past it
            return False
        if mz_contains(network, f):
            return True
    return False


cdef bint record_allows(
    object record, const mz_token* t, int prefix, mz_facts* f, int64_t* expires_at, mz_view* actor
) except -1:
    """Whether the record is this key's, active, and allows the access; its end and its actor."""
    cdef int64_t master_id, issued_at
    if not SLOTTED or type(record) is not RECORD:
        return False
    if not mz_integer(mz_field(record, R.master_id), &master_id) or master_id != t.master_id:
        return False
    if not mz_integer(mz_field(record, R.issued_at), &issued_at):
        return False
    if issued_at != t.key_issued_at or mz_field(record, R.status) != <PyObject*>ACTIVE:
        return False
    if not t.sealed and not t.blocks:
        if mz_field(record, R.visibility) != (<PyObject*>PUBLIC if prefix else <PyObject*>SECRET):
            return False
    if not mz_integer(mz_field(record, R.expires_at), expires_at):
        return False
    if mz_field(record, R.networks) != <PyObject*>None:
        if not _inside(<object>mz_field(record, R.networks), f):
            return False
    if not mz_string(<object>mz_field(record, R.actor), actor):
        return False
    return _covered(<object>mz_field(record, R.scopes), f)
