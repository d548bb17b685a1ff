# cython: boundscheck=False, wraparound=False
"""The whole answer to a plain `:verify` from memory, or None for the ordinary road.

The ordinary road asks the same verifiers in the same order and says the same in the same bytes. It
also refuses: why, it tells, counts and logs. Here is only the yes that most requests get.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t
from libc.string cimport memcmp

from engine._grant cimport Grant

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from engine import Access, TokenError
from engine.errors import RecordNeeded
from server.asgi import SECURITY_HEADERS
from server.auth import VERIFY
from server.binding import audience_of
from server.hot.encoded import Encoded
from server.hot.paths import PATH
from server.protocol import IDLE as _IDLE
from server.requestids import fresh_ids

cdef extern from *:
    """
    #include <string.h>
    """
    void *memmem(const void *hay, size_t size, const void *needle, size_t length) nogil


cdef enum:
    HEADS = 4096
    FACTS = 1024
    SAID = 100_000
    CREDENTIAL = 8192


cdef bytes lines(headers):
    return b"".join([name + b": " + value + b"\r\n" for name, value in headers])


cdef bytes BEFORE = lines(
    ((b"content-type", b"application/json"), (b"cache-control", b"no-store"),
     (b"ory-talos-cache", b"SKIP"))
) + b"x-request-id: "
cdef bytes AFTER = b"\r\n" + lines(SECURITY_HEADERS) + b"content-length: "
cdef bytes LINE = STATUS_LINE[200]
cdef int IDLE = _IDLE


cdef class Road


cdef class Head:
    """What matters of a request's head.

    `road`: that of the tenant it names; `admin`: the credential presented; `length`: of the body,
    in bytes; `forwarded`: the value of X-Forwarded-For; `request_id`: that of the client where it is
    fit to be repeated.
    """

    cdef readonly Road road
    cdef readonly str admin
    cdef readonly Py_ssize_t length
    cdef readonly bytes forwarded
    cdef readonly bytes request_id

    def __init__(
        self, Road road, str admin, Py_ssize_t length, bytes forwarded=None, bytes request_id=None
    ):
        self.road, self.admin, self.length = road, admin, length
        self.forwarded, self.request_id = forwarded, request_id

    def __repr__(self):
        return f"Head(length={self.length})"


cdef inline Py_ssize_t blanks(const char *text, Py_ssize_t at, Py_ssize_t size) noexcept:
    while at < size and text[at] in (32, 9, 10, 13):
        at += 1
    return at


cdef inline bint is_plain(unsigned char one) noexcept:
    return (
        c"a" <= one <= c"z" or c"A" <= one <= c"Z" or c"0" <= one <= c"9"
        or one == c"_" or one == c"-" or one == c"."
    )


cdef str credential_of(const char *text, Py_ssize_t size):
    """The text of `{"credential": "..."}` with nothing else in it, or None."""
    cdef Py_ssize_t at, begin
    at = blanks(text, 0, size)
    if at >= size or text[at] != c"{":
        return None
    at = blanks(text, at + 1, size)
    if size - at < 12 or memcmp(text + at, b'"credential"', 12) != 0:
        return None
    at = blanks(text, at + 12, size)
    if at >= size or text[at] != c":":
        return None
    at = blanks(text, at + 1, size)
    if at >= size or text[at] != c'"':
        return None
    begin = at = at + 1
    while at < size and is_plain(<unsigned char>text[at]):
        at += 1
    if at == begin or at - begin > CREDENTIAL or at >= size or text[at] != c'"':
        return None
    cdef Py_ssize_t end = at
    at = blanks(text, at + 1, size)
    if at >= size or text[at] != c"}":
        return None
    if blanks(text, at + 1, size) != size:
        return None
    return text[begin:end].decode("ascii")


cdef class Said:
    """What is said of one token for as long as its key's record stands."""

    cdef object record  # the KeyRecord of its key
    cdef bytes body  # None where the ordinary road is to say it
    cdef tuple use  # by which its use is remembered


cdef class Road:
    """The road of one tenant's verify route; shared by all connections of a process."""

    cdef object _node, _clock, _client, _holds, _system, _tenant, _admin_spending, _spending
    cdef object _encoded, _audience
    cdef tuple _starts
    cdef dict _records
    cdef dict _facts, _said, _admins
    cdef list _ids
    cdef object _common
    cdef bytes _begin
    cdef int64_t _second
    cdef readonly int64_t answered

    def __init__(self, node, tenant):
        system = node.system
        self._node, self._clock, self._client = node, node.clock, node.proxies.client
        self._holds, self._system, self._tenant = node.freshness.holds, system, tenant
        self._records = tenant.records.table
        self._admin_spending, self._spending = system.spending, tenant.spending
        self._encoded, self._audience = Encoded(node, tenant), audience_of(tenant.name)
        self._starts = tuple([f"{one}_" for one in tenant.prefixes])
        self._facts, self._said, self._admins = {}, {}, {}
        self._ids, self._common, self._begin = [], None, b""

    def answer(self, Head head, bytes body, peer, common):
        """The whole response; `common` are the headers that go first in every answer."""
        return self._answer(head, PyBytes_AS_STRING(body), PyBytes_GET_SIZE(body), peer, common)

    cdef bytes _answer(self, Head head, const char *body, Py_ssize_t size, peer, common):
        cdef str credential = credential_of(body, size)
        cdef Said admin, said
        if credential is None or not credential.startswith(self._starts):
            return None
        cdef double now = self._clock()
        cdef tuple facts = self._facts_of(<int64_t>now, peer, head.forwarded)
        try:
            admin = self._admin_said(self._system.native.verify(head.admin, facts[0]))
            if self._admin_spending.debits:
                self._admin_spending.take()
                return None
            if admin is None:
                return None
            grant = self._tenant.native.verify(credential, facts[1])
        except (TokenError, RecordNeeded):
            return None
        if self._spending.debits:
            self._spending.take()
            return None
        said = self._said_of(grant)
        if said is None or said.body is None or not self._holds():
            return None
        cdef dict uses = self._node.uses
        at_ms = <int64_t>(now * 1000)
        uses[admin.use] = uses[said.use] = at_ms
        self.answered += 1
        return self._frame(said.body, head.request_id, common)

    cdef tuple _facts_of(self, int64_t now, peer, forwarded):
        """The facts of a request, as the admin key and as the credential is judged by."""
        if now != self._second or len(self._facts) >= FACTS:
            self._facts.clear()
            self._second = now
        who = peer if forwarded is None else (peer, forwarded)
        found = self._facts.get(who)
        if found is None:
            ip = self._client(peer, forwarded)
            admin = Access(
                now=now, client_ip=ip, method="POST", path=PATH, scopes=(VERIFY,),
                audience=self._audience,
            )
            found = self._facts[who] = admin, Access(now=now, client_ip=ip)
        return found

    cdef Said _admin_said(self, Grant grant):
        """Who calls, or None where it is no key, or one whose uses are counted."""
        if grant.data is None:
            return None
        cdef Said said = self._admins.get(grant.data)
        if said is None or said.record is not grant.record:
            if grant.grant_id is not None or grant.limit is not None:
                return None
            said = Said.__new__(Said)
            said.record, said.use = grant.record, (self._system.name, grant.key_id)
            _room(self._admins, HEADS)
            self._admins[grant.data] = said
        return said

    cdef Said _said_of(self, Grant grant):
        """What is said of a grant, or None where its key is not in memory."""
        if grant.data is None:
            return None
        cdef Said said = self._said.get(grant.data)
        if said is None or said.record is not self._records.get(said.use[1]):
            said = Said.__new__(Said)
            said.use = self._tenant.name, grant.key_id
            said.record = self._records.get(grant.key_id)
            if said.record is None:
                return None
            said.body = self._encoded.of(grant)
            _room(self._said, SAID)
            self._said[grant.data] = said
        return said

    cdef bytes _frame(self, bytes body, bytes request_id, common):
        if common is not self._common:
            self._common = common
            self._begin = LINE + lines(common) + BEFORE
        if request_id is None:
            if not self._ids:
                self._ids = fresh_ids()
            request_id = self._ids.pop()
        return b"".join((self._begin, request_id, AFTER, b"%d\r\n\r\n" % len(body), body))


cdef class Heads:
    """Heads by their very bytes: whatever was seen before means the same again, whoever sends it."""

    cdef dict _heads

    def __init__(self):
        self._heads = {}

    def learn(self, bytes raw, Head head):
        """What these bytes mean, whoever sends them again."""
        _room(self._heads, HEADS)
        self._heads[raw] = head

    def receive(self, protocol, bytes data):
        """Answer a connection, where it sends one whole request whose head was seen before.

        Whether it was; else it is as it was, and the parser is to read the data.
        """
        cycle = protocol.cycle
        if (
            protocol._stage != IDLE
            or (cycle is not None and not cycle.response_complete)
            or protocol.pipeline
            or protocol.flow.write_paused
            or protocol._refusal is not None
            or protocol._ending
        ):
            return False
        answer = self._known(data, protocol._peer, protocol.server_state.default_headers)
        if answer is None:
            return False
        protocol.write_answer(answer)
        return True

    cdef bytes _known(self, bytes data, peer, common):
        cdef const char *text = PyBytes_AS_STRING(data)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data), end
        cdef const char *found = <const char *>memmem(text, size, b"\r\n\r\n", 4)
        if found == NULL:
            return None
        end = found - text + 4
        cdef Head head = self._heads.get(text[:end])
        if head is None or size - end != head.length:
            return None
        return head.road._answer(head, text + end, head.length, peer, common)


cdef void _room(dict kept, Py_ssize_t most) except *:
    """Room for one more in a table of so many; the oldest goes first."""
    if len(kept) >= most:
        del kept[next(iter(kept))]
