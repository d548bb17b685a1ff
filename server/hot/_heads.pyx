# cython: boundscheck=False, wraparound=False
"""Heads of requests, and the answers to requests that have them.

A head says all of what is asked, but for the body; heads that were seen before are known by those
of their bytes that matter, and are not parsed again.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t

from server.hot._body cimport credential_in
from server.hot._road cimport Question, Road, Said, Tally
from server.hot._scan cimport mz_head, mz_head_scan

from engine import TokenError
from engine.errors import RecordNeeded
from server.oldest import make_room
from server.protocol import IDLE as _IDLE

cdef enum:
    HEADS = 4096


cdef int IDLE = _IDLE


cdef class Head:
    """What matters of a request's head, and how a request that has it is answered.

    `road`: that of the tenant it names; `length`: of the body, in bytes; `forwarded`: the value of
    X-Forwarded-For.
    """

    cdef readonly Road road
    cdef readonly Tally tally
    cdef readonly Py_ssize_t length
    cdef readonly bytes forwarded

    def __init__(self, Road road, Tally tally, Py_ssize_t length, bytes forwarded):
        self.road, self.tally, self.length, self.forwarded = road, tally, length, forwarded

    def __repr__(self):
        return f"{type(self).__name__}(length={self.length})"

    def answer(self, bytes body, peer, common, bytes request_id):
        """The whole response, or None; `common` are the headers that go first in every answer.

        `request_id`: that of the client where it is fit to be repeated.
        """
        return self.answered(
            PyBytes_AS_STRING(body), PyBytes_GET_SIZE(body), peer, common, request_id
        )

    cdef bytes answered(
        self, const char *body, Py_ssize_t size, peer, common, bytes request_id
    ):
        return None  # what is neither of those below is for who answers all others


cdef class VerifyHead(Head):
    """Of a verify; `admin` is the admin key that is presented."""

    cdef str admin

    def __init__(self, road, tally, length, forwarded, str admin):
        super().__init__(road, tally, length, forwarded)
        self.admin = admin

    cdef bytes answered(
        self, const char *body, Py_ssize_t size, peer, common, bytes request_id
    ):
        cdef Road road = self.road
        cdef Py_ssize_t begin, end
        if not credential_in(body, size, &begin, &end):
            return None
        cdef str credential = body[begin:end].decode("ascii")
        if not credential.startswith(road.starts):
            return None
        cdef double now = road.clock()
        cdef Question asked
        cdef Said said
        client = road.client(peer, self.forwarded)
        try:
            use = road.admitted(self.admin, <int64_t>now, client)
            # Whoever may not call has nothing read of what he sends.
            if use is None or (asked := road.question(body[end:size])) is None:
                return None
            said = road.judged(road.verdicts, credential, asked, <int64_t>now, client)
        except (TokenError, RecordNeeded):
            return None
        if said is None:
            return None
        cdef dict uses = road.node.uses
        uses[use] = uses[said.use] = <int64_t>(now * 1000)
        self.tally.count += 1
        return road.framed(said, request_id, common)


cdef class GatewayHead(Head):
    """Of a gateway's question, which is all in the head.

    `peer` is the only one from whom it means this, or None where it means the same from everybody.
    """

    cdef str credential
    cdef Question asked
    cdef object peer

    def __init__(self, road, tally, forwarded, str credential, Question asked, peer):
        super().__init__(road, tally, 0, forwarded)
        self.credential, self.asked, self.peer = credential, asked, peer

    cdef bytes answered(
        self, const char *body, Py_ssize_t size, peer, common, bytes request_id
    ):
        cdef Road road = self.road
        if size or (self.peer is not None and self.peer != peer):
            return None
        if not self.credential.startswith(road.starts):
            return None
        cdef double now = road.clock()
        cdef Said said
        try:
            said = road.judged(
                road.passes, self.credential, self.asked, <int64_t>now,
                road.client(peer, self.forwarded),
            )
        except (TokenError, RecordNeeded):
            return None
        if said is None:
            return None
        road.node.uses[said.use] = <int64_t>(now * 1000)
        self.tally.count += 1
        return road.framed(said, request_id, common)


cdef class Heads:
    """Heads by what matters of them: what was seen before means the same again, whoever sends it."""

    cdef dict _heads

    def __init__(self):
        self._heads = {}

    def __len__(self):
        return len(self._heads)

    def learn(self, bytes raw, Head head):
        """What these bytes mean, whoever sends them again. Whether it is remembered: if they are
        one head, of an honest client's size and spelling.
        """
        cdef mz_head read
        cdef Py_ssize_t size = PyBytes_GET_SIZE(raw)
        if not mz_head_scan(PyBytes_AS_STRING(raw), size, &read) or <Py_ssize_t>read.end != size:
            return False
        make_room(self._heads, HEADS)
        self._heads[read.matters[: read.size]] = head
        return True

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
        cdef mz_head read
        cdef const char *text = PyBytes_AS_STRING(data)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
        if not mz_head_scan(text, size, &read):
            return None
        cdef Head head = self._heads.get(read.matters[: read.size])
        if head is None or size - <Py_ssize_t>read.end != head.length:
            return None
        request_id = None if read.id == NULL else read.id[: read.id_size]
        return head.answered(text + read.end, head.length, peer, common, request_id)
