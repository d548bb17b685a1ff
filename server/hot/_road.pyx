# cython: boundscheck=False, wraparound=False
"""The whole answer to a credential that is good, from memory, or None for who answers all others.

The handlers ask the same verifiers in the same order and say the same in the same bytes. They also
refuse: why, they tell, count and log. Here is only the yes that most requests get, which spends
nothing and is counted against no limit.
"""

from libc.stdint cimport int64_t

from engine._grant cimport Grant
from engine._road cimport Road as Judge

from os import urandom

from msgspec.structs import replace
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from engine import Access
from server.auth import VERIFY
from server.binding import audience_of
from server.framing import lines
from server.hot.encoded import Encoded
from server.hot.paths import VERIFY_PATH
from server.hot.questions import read
from server.oldest import make_room, oldest

cdef enum:
    ADMINS = 4096
    CLIENTS = 1024
    FORWARDED = 256  # bytes of an X-Forwarded-For that is remembered: whoever asks may send it
    ASKING = 16  # clients of one question at a time
    QUESTIONS = 1024
    QUESTION = 1024  # bytes of one that is remembered
    IDS = 256
    TOLD = 4096  # bytes of a token and of what is said of it, where that is remembered
    BUDGET = 64 << 20  # bytes of all that is remembered so, by all tenants and routes


cdef const char *DIGITS = b"0123456789abcdef"
cdef bytes LINE = STATUS_LINE[200]
cdef object UNKNOWN = object()


cdef class Question:
    """What is asked of a credential; the facts that change are added for each second and client.

    `stated`: an Access without its time, and without a client where that of the request is meant.
    """

    def __init__(self, stated):
        self.stated, self.made, self.second = stated, {}, -1
        self.names_client = stated.client_ip is not None
        self.names_audience = stated.audience is not None

    cdef object at(self, int64_t second, client):
        if second != self.second or len(self.made) >= ASKING:
            self.made.clear()
            self.second = second
        found = self.made.get(client)
        if found is None:
            found = replace(
                self.stated, now=second,
                client_ip=self.stated.client_ip if self.names_client else client,
            )
            self.made[client] = found
        return found


cdef class Tally:
    """How many requests were answered: `of` is how they are counted, by method, route and status."""

    def __init__(self, of):
        self.of = of


cdef class Said:
    """What is said of one token for as long as its key's record stands."""


cdef class Saying:
    """What one route of one tenant says of tokens that are good for what was asked."""

    def __init__(self, tenant, encode, budget):
        self.tenant, self.records, self.encode = tenant.name, tenant.records.table, encode
        self.said, self.budget, self.size = {}, budget, 0

    cdef Said of(self, Grant grant):
        """What is said of a grant, or None where it is not said from memory."""
        cdef Said said = self.said.get(grant.data)
        if said is None or said.record is not self.records.get(said.use[1]):
            said = Said.__new__(Said)
            said.use = self.tenant, grant.key_id
            said.record = self.records.get(grant.key_id)
            if said.record is None:
                return None
            said.told = self.encode(grant)
            if said.told is None:
                return None
            self.keep(grant.data, said)
        return said

    cdef void keep(self, bytes token, Said said) except *:
        """Remember what is said of a token, within the budget; the oldest goes first."""
        cdef Said old
        before, after = said.told
        said.size = len(token) + len(before) + len(after)
        if said.size > TOLD:
            return
        old = self.said.pop(token, None)
        if old is not None:
            self.size -= old.size
        while self.said and self.size + said.size > self.budget:
            for key in oldest(self.said, len(self.said)):
                old = self.said.pop(key)
                self.size -= old.size
        self.said[token] = said
        self.size += said.size


cdef class Road:
    """What the yes of one tenant's routes needs; shared by all connections of a process."""

    def __init__(self, node, tenant):
        system = node.system
        self.node, self.clock, self.client_of = node, node.clock, node.proxies.client
        self.holds, self.system, self.tenant = node.freshness.holds, system, tenant
        encoded = Encoded(node, tenant)
        budget = BUDGET // (2 * len(node.settings.names()))
        self.verdicts = Saying(tenant, encoded.verdict, budget)
        self.passes = Saying(tenant, encoded.passed, budget)
        self.admin = Question(
            Access(
                now=0, method="POST", path=VERIFY_PATH, scopes=(VERIFY,),
                audience=audience_of(tenant.name),
            )
        )
        self.starts = tuple([f"{one}_" for one in tenant.prefixes])
        self.clients, self.questions, self.admins = {}, {}, {}
        self.noise, self.left, self.common, self.begin = b"", 0, None, b""

    cdef object client(self, peer, forwarded):
        """The client's address as far as it may be believed."""
        who = peer if forwarded is None else (peer, forwarded)
        found = self.clients.get(who, UNKNOWN)
        if found is UNKNOWN:
            found = self.client_of(peer, forwarded)
            if forwarded is None or len(forwarded) <= FORWARDED:
                if len(self.clients) >= CLIENTS:
                    make_room(self.clients, CLIENTS)
                self.clients[who] = found
        return found

    cdef Question question(self, bytes rest):
        """What a body asks, by its bytes from the credential's closing quote on."""
        cdef Question found = self.questions.get(rest)
        if found is None:
            stated = read(rest)
            if stated is None:
                return None
            found = Question(stated)
            if len(rest) <= QUESTION:
                if len(self.questions) >= QUESTIONS:
                    make_room(self.questions, QUESTIONS)
                self.questions[rest] = found
        return found

    cdef tuple admitted(self, str text, int64_t now, client):
        """The use of an admin key that may verify, or None. Raises TokenError, RecordNeeded."""
        cdef Grant grant
        cdef Said said
        cdef Judge judge = self.system.native
        grant = judge.attempt(text, self.admin.at(now, client))
        if grant is None:
            return None
        said = self.admins.get(grant.data)
        if said is None or said.record is not grant.record:
            if grant.grant_id is not None or grant.limit is not None:
                return None
            said = Said.__new__(Said)
            said.record, said.use = grant.record, (self.system.name, grant.key_id)
            if len(self.admins) >= ADMINS:
                make_room(self.admins, ADMINS)
            self.admins[grant.data] = said
        return said.use

    cdef Said judged(self, Saying saying, str credential, Question asked, int64_t now, client):
        """What is said of a credential, or None. Raises TokenError, RecordNeeded."""
        cdef Judge judge = self.tenant.native
        cdef Grant grant = judge.attempt(credential, asked.at(now, client))
        if grant is None:
            return None
        if asked.names_audience and not grant.audiences:
            return None
        cdef Said said = saying.of(grant)
        return said if said is not None and self.holds() else None

    cdef bytes fresh_id(self):
        """A random UUID (RFC 9562), like those of all other answers."""
        cdef char text[36]
        cdef unsigned char byte
        cdef int at = 0, i
        if self.left == 0:
            self.noise, self.left = urandom(16 * IDS), IDS
        self.left -= 1
        cdef const unsigned char *noise = self.noise
        noise += 16 * self.left
        for i in range(16):
            if i in (4, 6, 8, 10):
                text[at] = c"-"
                at += 1
            byte = noise[i]
            if i == 6:
                byte = (byte & 0x0F) | 0x40
            elif i == 8:
                byte = (byte & 0x3F) | 0x80
            text[at], text[at + 1] = DIGITS[byte >> 4], DIGITS[byte & 15]
            at += 2
        return text[:36]

    cdef bytes framed(self, Said said, bytes request_id, common):
        """The response; `common` are the headers that go first in every answer."""
        if common is not self.common:
            self.common = common
            self.begin = LINE + lines(common)
        if request_id is None:
            request_id = self.fresh_id()
        before, after = said.told
        return b"".join((self.begin, before, request_id, after))
