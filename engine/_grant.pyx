"""The proof that a token was verified, made without the objects that nobody asks for.

Same class as `_grant_py.py`. What verify found stays in C, with the bytes it was read from; the
first look at any field reads them all, once.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint32_t

from engine._token cimport (
    mz_array, mz_bin, mz_cursor, mz_is_scope, mz_list, mz_next_str, mz_scope_covers, mz_skip,
    mz_str, mz_string, mz_text, mz_texts, mz_token, mz_token_read, mz_uint, mz_view,
)

_NAMES = (
    "tenant", "key_id", "key_issued_at", "generation", "grant_id", "actor", "scopes", "audiences",
    "expires_at", "sealed", "visibility", "delegates", "revocation_ids", "claims",
)


cdef str _text(mz_view view):
    return PyUnicode_DecodeUTF8(<const char*>view.p, view.n, NULL)


cdef bytes _bytes(const uint8_t* p, Py_ssize_t length):
    return (<const char*>p)[:length]


cdef tuple _texts(const mz_list* items):
    cdef const uint8_t* p = items.first
    return tuple([_text(mz_next_str(&p)) for _ in range(items.count)])


cdef bint _covers(str held, str required) except -1:
    cdef mz_view one, other
    if not mz_string(held, &one) or not mz_string(required, &other):
        return False
    return mz_is_scope(one) and mz_is_scope(other) and mz_scope_covers(one, other)


cdef tuple _intersect(tuple one, tuple other):
    """Same as scopes.intersect: the narrower of each pair, in order, each once."""
    found = {}
    for a in one:
        for b in other:
            if _covers(a, b):
                found[b] = None
            elif _covers(b, a):
                found[a] = None
    return tuple(found)


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
            visibility, grant_id = None, _bytes(t.grant_id, 16)
            claims = _bytes(t.claims.p, t.claims.n)
            if t.audiences.first != NULL:
                audiences = _texts(&t.audiences)
        else:
            actor, scopes, generation = (
                self.record.actor, self.record.scopes, self.record.generation
            )
            visibility, grant_id, claims = self.record.visibility, None, b""
        if self.narrows_scopes or self.names_audiences or self.delegates_:
            for i in range(t.blocks):
                scopes, audiences = _narrow(&t.block[i], scopes, audiences, delegates)
        ids = tuple([_bytes(data + size + 16 * i, 16) for i in range(count)])
        return (
            self.tenant_name, _bytes(t.key_id, 16), t.key_issued_at, generation, grant_id, actor,
            scopes, audiences or (), self.end, bool(self.sealed_), visibility, tuple(delegates),
            ids, claims,
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

    def __eq__(self, other):
        if not isinstance(other, Grant):
            return NotImplemented
        return self._all() == (<Grant>other)._all()

    def __hash__(self):
        return hash(self._all())

    def __repr__(self):
        shown = ", ".join([f"{n}={v!r}" for n, v in zip(_NAMES, self._all(), strict=True)])
        return f"Grant({shown})"


cdef tuple _narrow(mz_view* block, tuple scopes, audiences, list delegates):
    """What one block of a token that was allowed does to scopes, audiences and delegates."""
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
            named = listed if audiences is None else audiences
            audiences = tuple([a for a in named if a in listed])
        elif tag == 3 and mz_texts(&c, &items, mz_text):
            scopes = _intersect(scopes, _texts(&items))
        elif tag == 9 and mz_str(&c, &view):
            delegates.append(_text(view))
        else:
            c = skipped
            mz_skip(&c)
    return scopes, audiences
