"""The proof that a token was verified, made without the objects that nobody asks for.

Same class as `_grant_py.py`. What verify found stays in C, with the bytes it was read from; the
first look at any field reads them all, once.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint32_t

from engine._token cimport (
    mz_array, mz_bin, mz_cursor, mz_is_scope, mz_list, mz_next_str, mz_skip, mz_str, mz_string,
    mz_text, mz_texts, mz_token, mz_token_read, mz_uint, mz_view,
)

from engine.scopes import RESERVED as _RESERVED

cdef str RESERVED = _RESERVED
cdef str RESERVED_AND_COLON = _RESERVED + ":"

_NAMES = (
    "tenant", "key_id", "key_issued_at", "generation", "grant_id", "actor", "scopes", "audiences",
    "expires_at", "sealed", "visibility", "delegates", "revocation_ids", "claims",
    "limit",
)


cdef str _text(mz_view view):
    return PyUnicode_DecodeUTF8(<const char*>view.p, view.n, NULL)


cdef bytes _bytes(const uint8_t* p, Py_ssize_t length):
    return (<const char*>p)[:length]


cdef tuple _texts(const mz_list* items):
    cdef const uint8_t* p = items.first
    return tuple([_text(mz_next_str(&p)) for _ in range(items.count)])


cdef bint _is_scope(str scope) except -1:
    cdef mz_view view
    return mz_string(scope, &view) and mz_is_scope(view)


cdef object _union(str scope, dict within):
    """Which lists cover a well-formed scope: those that hold it, or a wildcard above it."""
    cdef Py_ssize_t colon
    union = within[scope]
    colon = scope.find(":")
    while colon >= 0:
        union |= within.get(scope[: colon + 1] + "*", 0)
        colon = scope.find(":", colon + 1)
    if scope != RESERVED and not scope.startswith(RESERVED_AND_COLON):
        union |= within.get("*", 0)
    return union


cdef tuple _intersect(list lists):
    """Same as scopes.intersect."""
    cdef str scope
    cdef dict within = {}
    number = 1
    for held in reversed(lists):
        for scope in held:
            within[scope] = within.get(scope, 0) | number
        number <<= 1
    for scope in [one for one in within if not _is_scope(one)]:
        del within[scope]
    return tuple([scope for scope in within if _union(scope, within) == number - 1])


@cython.no_gc  # nothing that it holds can hold it
@cython.freelist(16)
cdef class Grant:
    def __init__(self, **fields):
        if fields.keys() != set(_NAMES):
            raise TypeError(f"a Grant has exactly the fields {', '.join(_NAMES)}")
        self.fields = tuple([fields[name] for name in _NAMES])

    cdef tuple _all(self):
        if self.fields is None:
            if self.data is None:
                raise TypeError("only the engine makes a Grant")
            self.fields = self._read()
        return self.fields

    cdef tuple _read(self):
        cdef mz_token t
        cdef const uint8_t* data = <const uint8_t*>PyBytes_AS_STRING(self.data)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self.data), i
        cdef uint8_t count = data[size - 1]
        size -= 1 + 16 * count
        if not mz_token_read(&t, data, size):
            raise SystemError("a verified token no longer reads as one")
        delegates = []
        audiences = None
        if self.record is None:
            actor, scopes, generation = _text(t.actor), _texts(&t.scopes), t.generation
            visibility, grant_id, limit = None, _bytes(t.grant_id, 16), None
            claims = _bytes(t.claims.p, t.claims.n)
            if t.audiences.first != NULL:
                audiences = _texts(&t.audiences)
        else:
            actor, scopes, generation = (
                self.record.actor, self.record.scopes, self.record.generation
            )
            visibility, grant_id, claims = self.record.visibility, None, b""
            limit = self.record.limit
        held = [scopes]
        if self.narrows_scopes or self.names_audiences or self.delegates_:
            for i in range(t.blocks):
                audiences = _narrow(&t.block[i], held, audiences, delegates)
        if len(held) > 1:
            scopes = _intersect(held)
        ids = tuple([_bytes(data + size + 16 * i, 16) for i in range(count)])
        return (
            self.tenant_name, _bytes(t.key_id, 16), t.key_issued_at, generation, grant_id, actor,
            scopes, audiences or (), self.end, bool(self.sealed_), visibility, tuple(delegates),
            ids, claims, limit,
        )

    @property
    def tenant(self):
        return self._all()[0]

    @property
    def key_id(self):
        return self._all()[1]

    @property
    def key_issued_at(self):
        return self._all()[2]

    @property
    def generation(self):
        return self._all()[3]

    @property
    def grant_id(self):
        return self._all()[4]

    @property
    def actor(self):
        return self._all()[5]

    @property
    def scopes(self):
        return self._all()[6]

    @property
    def audiences(self):
        return self._all()[7]

    @property
    def expires_at(self):
        return self._all()[8]

    @property
    def sealed(self):
        return self._all()[9]

    @property
    def visibility(self):
        return self._all()[10]

    @property
    def delegates(self):
        return self._all()[11]

    @property
    def revocation_ids(self):
        return self._all()[12]

    @property
    def claims(self):
        return self._all()[13]

    @property
    def limit(self):
        # Asked of every grant, and mostly None: no reason to read all the rest.
        if self.fields is None and self.record is not None:
            return self.record.limit
        return self._all()[14]

    def __eq__(self, other):
        if not isinstance(other, Grant):
            return NotImplemented
        return self._all() == (<Grant>other)._all()

    def __hash__(self):
        return hash(self._all())

    def __repr__(self):
        shown = ", ".join([f"{n}={v!r}" for n, v in zip(_NAMES, self._all(), strict=True)])
        return f"Grant({shown})"


cdef object _narrow(mz_view* block, list held, audiences, list delegates):
    """What one block of a token that was allowed leaves of the audiences, and adds to the lists of
    scopes and of delegates."""
    cdef mz_cursor c = mz_cursor(block.p, block.p + block.n)
    cdef mz_cursor skipped
    cdef uint32_t count = 0, arity = 0
    cdef int64_t tag = 0
    cdef mz_view view
    cdef mz_list items
    mz_array(&c, &count)
    mz_bin(&c, &view)
    while count > 1:
        count -= 1
        skipped = c
        mz_array(&c, &arity)
        mz_uint(&c, &tag)
        if tag == 2 and mz_texts(&c, &items, mz_text):
            listed = _texts(&items)
            known = set(listed)
            audiences = tuple([a for a in (listed if audiences is None else audiences) if a in known])
        elif tag == 3 and mz_texts(&c, &items, mz_text):
            held.append(_texts(&items))
        elif tag == 9 and mz_str(&c, &view):
            delegates.append(_text(view))
        else:
            c = skipped
            mz_skip(&c)
    return audiences
