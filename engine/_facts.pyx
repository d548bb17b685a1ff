"""An Access read in C: views into its own strings, valid as long as the Access lives."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t

from engine._token cimport (
    MZ_REQUIRED, MZ_UNREAD, mz_field, mz_integer, mz_is_scope, mz_offset, mz_string, mz_view,
)

from engine.access import Access

cdef struct Offsets:
    Py_ssize_t now, client_ip, method, path, scopes, tool, resource, amount, audience
    Py_ssize_t body_hash, binding

cdef object ACCESS = Access
cdef Offsets A
A.now = mz_offset(Access, b"now")
A.client_ip = mz_offset(Access, b"client_ip")
A.method = mz_offset(Access, b"method")
A.path = mz_offset(Access, b"path")
A.scopes = mz_offset(Access, b"scopes")
A.tool = mz_offset(Access, b"tool")
A.resource = mz_offset(Access, b"resource")
A.amount = mz_offset(Access, b"amount")
A.audience = mz_offset(Access, b"audience")
A.body_hash = mz_offset(Access, b"body_hash")
A.binding = mz_offset(Access, b"binding")
cdef bint SLOTTED = min(
    A.now, A.client_ip, A.method, A.path, A.scopes, A.tool, A.resource, A.amount, A.audience,
    A.body_hash, A.binding,
) > 0


cdef bint _optional(PyObject* fact, mz_view* view) except -1:
    view.p = NULL
    view.n = 0
    return fact == <PyObject*>None or mz_string(<object>fact, view)


cdef bint _digest(PyObject* fact, mz_view* view) except -1:
    view.p = NULL
    view.n = 0
    if fact == <PyObject*>None:
        return True
    if type(<object>fact) is not bytes or PyBytes_GET_SIZE(<object>fact) != 32:
        return False
    view.p = <const uint8_t*>PyBytes_AS_STRING(<object>fact)
    view.n = 32
    return True


cdef bint read_facts(object access, int64_t leeway, mz_facts* f) except -1:
    """Whether the access is one that C can judge; what it states is then in `f`."""
    cdef PyObject* amount
    cdef PyObject* scopes
    cdef mz_view* view
    if not SLOTTED or type(access) is not ACCESS:
        return False
    if not mz_integer(mz_field(access, A.now), &f.now):
        return False
    scopes = mz_field(access, A.scopes)
    if type(<object>scopes) is not tuple:
        return False
    f.leeway = leeway
    f.client_size = MZ_UNREAD
    f.path.reading = f.resource.reading = MZ_UNREAD
    f.required_count = <uint32_t>PyTuple_GET_SIZE(<object>scopes)
    if f.required_count > MZ_REQUIRED:
        return False
    for i in range(f.required_count):
        view = &f.required[i]
        if not mz_string(<object>PyTuple_GET_ITEM(<object>scopes, i), view):
            return False
        if not mz_is_scope(view[0]):
            return False
    f.amount, f.currency.p, f.currency.n = -1, NULL, 0
    amount = mz_field(access, A.amount)
    if amount != <PyObject*>None:
        if type(<object>amount) is not tuple or PyTuple_GET_SIZE(<object>amount) != 2:
            return False
        if not mz_string(<object>PyTuple_GET_ITEM(<object>amount, 0), &f.currency):
            return False
        if not mz_integer(PyTuple_GET_ITEM(<object>amount, 1), &f.amount):
            return False
    return (
        _optional(mz_field(access, A.client_ip), &f.client_ip)
        and _optional(mz_field(access, A.method), &f.method)
        and _optional(mz_field(access, A.path), &f.path.text)
        and _optional(mz_field(access, A.tool), &f.tool)
        and _optional(mz_field(access, A.resource), &f.resource.text)
        and _optional(mz_field(access, A.audience), &f.audience)
        and _digest(mz_field(access, A.body_hash), &f.body_hash)
        and _digest(mz_field(access, A.binding), &f.binding)
    )
