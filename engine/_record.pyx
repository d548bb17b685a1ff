"""What a key may do, compactly: one of these stands in memory for every key in use.

Same class as `_record_py.py`; numbers are C's, and nothing here can be part of a cycle. What a
record allows before any caveat is the same as in terms.py.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport uint32_t

from engine._token cimport (
    mz_contains, mz_is_network, mz_is_scope, mz_scope_covers, mz_string,
)

from engine.types import KeyStatus, Visibility

_FIELDS = (
    "master_id", "issued_at", "expires_at", "status", "visibility", "generation", "actor",
    "scopes", "networks", "limit",
)

cdef enum:
    _SECRET = 1  # as Visibility
    _PUBLIC = 2
    _ACTIVE = 1  # as KeyStatus


@cython.no_gc
cdef class KeyRecord:
    """What a key may do, as the verifier needs it. The header must equal master_id and issued_at.

    `master_id` is ELSEWHERE for a key that another system minted, IMPORTED for an imported one.
    Times are Unix seconds. `networks` holds packed CIDRs, as `engine.cidr` makes them; None is
    unrestricted. Raises TypeError where a list is one text, whose letters would each be a scope.
    """

    def __init__(
        self,
        master_id,
        issued_at,
        expires_at,
        status=KeyStatus.ACTIVE,
        visibility=Visibility.SECRET,
        generation=0,
        str actor not None="",
        scopes=(),
        networks=None,
        limit=None,
    ):
        if isinstance(scopes, (str, bytes)) or isinstance(networks, (str, bytes)):
            raise TypeError("scopes and networks are lists of texts and of packed networks")
        self.master_id, self.issued_at, self.expires_at = master_id, issued_at, expires_at
        self.status_, self.visibility_ = KeyStatus(status), Visibility(visibility)
        self.generation, self.actor = generation, actor
        self.scopes, self.limit = tuple(scopes), limit
        self.networks = None if networks is None else tuple(networks)

    @property
    def status(self):
        return KeyStatus(self.status_)

    @property
    def visibility(self):
        return Visibility(self.visibility_)

    cdef tuple _all(self):
        return (
            self.master_id, self.issued_at, self.expires_at, self.status, self.visibility,
            self.generation, self.actor, self.scopes, self.networks, self.limit,
        )

    def __eq__(self, other):
        if not isinstance(other, KeyRecord):
            return NotImplemented
        return self._all() == (<KeyRecord>other)._all()

    def __hash__(self):
        return hash(self._all())

    def __repr__(self):
        shown = ", ".join([f"{n}={v!r}" for n, v in zip(_FIELDS, self._all(), strict=True)])
        return f"KeyRecord({shown})"


cdef bint _covered(tuple held, mz_facts* f) except -1:
    """Whether the scopes of a record cover all that are required."""
    cdef mz_view one
    cdef uint32_t r
    cdef Py_ssize_t i
    cdef bint found
    if held is None:  # a record that was only half made
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


cdef bint _inside(tuple networks, mz_facts* f) except -1:
    cdef mz_view network
    cdef Py_ssize_t i
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
    KeyRecord record, const mz_proven* p, mz_facts* f, mz_view* actor
) except -1:
    """Whether the record is this key's, active and not expired, and allows the access."""
    if record.master_id != p.master_id or record.issued_at != p.key_issued_at:
        return False
    if record.status_ != _ACTIVE or f.now >= record.expires_at:
        return False
    if not p.sealed and not p.blocks and record.visibility_ != (_PUBLIC if p.prefix else _SECRET):
        return False
    if record.networks is not None and not _inside(record.networks, f):
        return False
    return mz_string(record.actor, actor) and _covered(record.scopes, f)
