"""The compiled road of a verifier. The rules of this file:

1. It says yes. The three refusals that strangers can cause (checksum, tail, missing record) are
   raised here too; every other answer is left to the readable road in verify.py, which also says
   why. So a mistake here could only be a wrong yes, and tests compare the two roads.
2. No meaning is read from a block before the tail matched. What is asked from then on may be asked
   in any order, for only the readable road says no to it: first what needs no lock and no object.
3. No Python object is made on the way to a yes but the Grant and its bytes.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItemWithError
from cpython.object cimport PyObject
from libc.stdint cimport INT64_MAX, INT64_MIN
from libc.string cimport memcpy, memset

from engine._blake3 cimport (
    MZ_CHUNK, MZ_CONTEXT, MZ_IV, MZ_MATERIAL, mz_choose, mz_chunk, mz_compress, mz_load32,
)
from engine._denylist cimport (
    ACTOR, BLOCK, CHILDREN, GRANT, KEY, SUNSET, TENANT, denied, standing,
)
from engine._facts cimport read_facts
from engine._record cimport KeyRecord, record_allows
from engine._tiers cimport mz_tiers, mz_tiers_prefetch
from engine._token cimport (
    MZ_BYTES_LIMIT, MZ_TEXT_CHECKSUM, mz_blocks_allow, mz_contains, mz_equal, mz_is_scope,
    mz_names_dead, mz_next_bin, mz_next_str, mz_same, mz_scope_covers, mz_string,
    mz_text_decode, mz_text_tables, mz_token_fold, mz_token_read,
)

from engine.denylist import NoDenylist, tenant_target
from engine.errors import BadTail, ChecksumMismatch, RecordNeeded

mz_choose()
mz_text_tables()


cdef int _actor_dead(const void* denied, mz_view actor, int64_t issued_at) noexcept nogil:
    """Same as revoked.check_actor: BLAKE3 derive_key of tenant and actor, looked up."""
    cdef const Actors* asked = <const Actors*>denied
    cdef uint8_t material[1024]
    cdef uint8_t target[64]
    if asked.lead_length + actor.n > MZ_CHUNK:
        return 1
    memcpy(material, asked.lead, asked.lead_length)
    memcpy(material + asked.lead_length, actor.p, actor.n)
    mz_chunk(
        mz_compress, asked.key, MZ_MATERIAL, -1, material, asked.lead_length + actor.n, target
    )
    return issued_at <= standing(asked.values, 5, target)


cdef bint _grant_allows(const mz_token* t, mz_facts* f) noexcept nogil:
    """Whether a grant header's networks, scopes and audiences allow the access."""
    cdef const uint8_t* p
    cdef uint32_t i, r
    cdef bint found
    cdef mz_view one
    if t.cidrs.first != NULL:
        found = False
        p = t.cidrs.first
        for i in range(t.cidrs.count):
            found = found or mz_contains(mz_next_bin(&p), f)
        if not found:
            return False
    if t.audiences.first != NULL:
        found = False
        p = t.audiences.first
        for i in range(t.audiences.count):
            found = mz_equal(mz_next_str(&p), f.audience) or found
        if not found:
            return False
    for r in range(f.required_count):
        found = False
        p = t.scopes.first
        for i in range(t.scopes.count):
            one = mz_next_str(&p)
            found = found or (mz_is_scope(one) and mz_scope_covers(one, f.required[r]))
        if not found:
            return False
    return True


cdef class Road:
    def __init__(self, tenant_keys, denylist, records, leeway, prefixes):
        cdef uint8_t out[64]
        cdef bytes context = b"marzipan 2026-11 actor target v1"
        cdef mz_view view
        cdef Root* root
        roots, texts = tenant_keys.roots(), list(prefixes)
        self.kept = (roots, texts)
        self.tenant, self.epoch, self.leeway = tenant_keys.name, tenant_keys.epoch, leeway
        memset(self.roots, 0, sizeof(self.roots))
        for master_id, key in roots.items():
            if not 1 <= master_id <= 255 or type(key.secret) is not bytes or len(key.secret) != 32:
                raise ValueError("a root key is 32 bytes under a master id of 1 to 255")
            root = &self.roots[<uint8_t>master_id]
            root.secret = <const uint8_t*>PyBytes_AS_STRING(key.secret)
            root.retired_at = INT64_MAX if key.retired_at is None else key.retired_at
            # A retired one without an end admits no grants, same as RootKey.admits_grant.
            root.end = INT64_MAX if key.retired_at is None else INT64_MIN
            if key.end is not None and key.retired_at is not None:
                root.end = key.end
        if len(texts) != 4:
            raise ValueError("a verifier has four prefixes")
        for i, text in enumerate(texts):
            if not mz_string(text, &view):
                raise ValueError("a prefix is text")
            self.prefixes[i].text, self.prefixes[i].length = view.p, view.n
        self.denied = denylist if type(denylist) is Denylist else Denylist()
        self.records = records
        # A negative leeway is left to integers that have no end.
        self.usable = type(denylist) in (Denylist, NoDenylist) and leeway >= 0
        memcpy(self.tenant_target, PyBytes_AS_STRING(tenant_target(self.tenant)), 16)
        name = self.tenant.encode()
        lead = bytes([len(name)]) + name
        self.actor_lead_length = len(lead)
        memcpy(self.actor_lead, PyBytes_AS_STRING(lead), len(lead))
        mz_chunk(
            mz_compress, MZ_IV, MZ_CONTEXT, -1, <const uint8_t*>PyBytes_AS_STRING(context),
            len(context), out,
        )
        for i in range(8):
            self.actor_key[i] = mz_load32(&out[4 * i])

    cdef Verdict read_text(
        self, const uint8_t* text, size_t length, uint8_t* data, mz_token* t, int* prefix, long* size
    ) noexcept nogil:
        """Text, envelope and header; the token then points into `data`."""
        cdef int i
        for i in range(4):
            if length > self.prefixes[i].length and text[self.prefixes[i].length] == b"_":
                if mz_same(text, self.prefixes[i].text, self.prefixes[i].length):
                    break
        else:
            return LEFT
        prefix[0] = i
        size[0] = mz_text_decode(text, length, self.prefixes[i].length, data)
        if size[0] == MZ_TEXT_CHECKSUM:
            return BAD_CHECKSUM
        return ALLOWED if size[0] > 0 and mz_token_read(t, data, size[0]) else LEFT

    cdef Verdict check_root(self, const mz_token* t) noexcept nogil:
        """Master id and epoch, and that the header is one that this file hashes."""
        cdef const Root* root = &self.roots[t.master_id]
        if root.secret == NULL or t.epoch != self.epoch or t.header.n >= MZ_CHUNK:
            return LEFT
        return ALLOWED

    cdef bint fits(self, const mz_token* t, int prefix) noexcept nogil:
        """One credential, one spelling: whether the prefix is that of the token's shape."""
        if t.sealed:
            return prefix == 3
        if t.blocks or t.is_grant:
            return prefix == 2
        return prefix < 2

    cdef Verdict judge(
        self, const mz_token* t, int prefix, mz_facts* f, mz_proven* p
    ) noexcept nogil:
        """What an authentic token's own header and blocks allow, and what else is to be asked."""
        p.key_id, p.key_issued_at, p.master_id = t.key_id, t.key_issued_at, t.master_id
        p.ids = &t.ids[0][0]
        p.blocks, p.sealed, p.prefix = t.blocks, t.sealed, prefix
        p.grant_id, p.narrowed.expires_at = NULL, INT64_MAX
        p.narrowed.narrows_scopes = p.narrowed.names_audiences = p.narrowed.delegates = 0
        if t.is_grant:
            p.grant_id, p.generation, p.actor = t.grant_id, t.generation, t.actor
            p.narrowed.expires_at = t.expires_at
            if not self.issued(t, f) or not _grant_allows(t, f):
                return LEFT
        return ALLOWED if mz_blocks_allow(t, f, &p.narrowed) else LEFT

    cdef bint issued(self, const mz_token* t, mz_facts* f) noexcept nogil:
        """Whether a grant is one that its root key may have made, and good already."""
        cdef const Root* root = &self.roots[t.master_id]
        if t.issued_at > root.retired_at or f.now >= root.end or t.issued_at - f.leeway > f.now:
            return False
        # Older than its key: none of ours, and nothing that a revocation by time would reach.
        return t.key_issued_at - f.leeway <= t.issued_at

    cdef void expect(self, const mz_proven* p) noexcept nogil:
        """Have memory bring what `is_dead` will look at, while something else is done."""
        cdef int i
        cdef const mz_tiers* dead = &self.denied.dead
        if self.denied.kinds[KEY]:
            mz_tiers_prefetch(dead, KEY, p.key_id)
        if p.grant_id != NULL and self.denied.kinds[GRANT]:
            mz_tiers_prefetch(dead, GRANT, p.grant_id)
        if self.denied.kinds[BLOCK]:
            for i in range(p.blocks):
                mz_tiers_prefetch(dead, BLOCK, p.ids + 16 * i)

    cdef bint is_dead(self, const mz_proven* p, int64_t now) noexcept nogil:
        """Whether a link, the tenant, or a rotation's end stands in the denylist."""
        cdef const mz_tiers* dead = &self.denied.dead
        cdef const mz_tiers* values = &self.denied.values
        cdef const size_t* kinds = self.denied.kinds
        cdef int i
        cdef int64_t sunset
        if kinds[KEY] and denied(dead, KEY, p.key_id):
            return True
        if p.grant_id != NULL and kinds[GRANT] and denied(dead, GRANT, p.grant_id):
            return True
        if kinds[BLOCK]:
            for i in range(p.blocks):
                if denied(dead, BLOCK, p.ids + 16 * i):
                    return True
        if kinds[TENANT] and p.key_issued_at <= standing(values, TENANT, self.tenant_target):
            return True
        if kinds[SUNSET]:
            sunset = standing(values, SUNSET, p.key_id)
            if 0 <= sunset <= now:
                return True
        if p.grant_id == NULL or not kinds[CHILDREN]:
            return False
        return p.generation < standing(values, CHILDREN, p.key_id)

    cdef object find_record(self, const uint8_t* key_id):
        """The key's record, or None; what is not exactly a dict is asked by its `get`."""
        cdef PyObject* found
        name = PyBytes_FromStringAndSize(<const char*>key_id, 16)
        if type(self.records) is not dict:
            return self.records.get(name)
        found = PyDict_GetItemWithError(self.records, name)
        return None if found == NULL else <object>found

    cdef Verdict check(self, mz_proven* p, mz_facts* f, object record) except *:
        """Denylist and record, of what allows the access by itself; delegates are not asked for."""
        cdef mz_view actor
        if self.is_dead(p, f.now):
            return LEFT
        if p.grant_id != NULL:
            actor = p.actor
        else:
            if record is None:
                return NO_RECORD
            if type(record) is not KeyRecord or not record_allows(<KeyRecord>record, p, f, &actor):
                return LEFT
            if (<KeyRecord>record).expires_at < p.narrowed.expires_at:
                p.narrowed.expires_at = (<KeyRecord>record).expires_at
        if f.now >= p.narrowed.expires_at:
            return LEFT
        return LEFT if actor.n and self.is_actor_dead(actor, p.key_issued_at) else ALLOWED

    cdef bint is_actor_dead(self, mz_view actor, int64_t issued_at) noexcept nogil:
        cdef Actors asked
        if not self.denied.kinds[ACTOR]:
            return False
        self.ask(&asked)
        return _actor_dead(&asked, actor, issued_at)

    cdef void ask(self, Actors* asked) noexcept nogil:
        asked.values, asked.key = &self.denied.values, &self.actor_key[0]
        asked.lead, asked.lead_length = &self.actor_lead[0], self.actor_lead_length

    cdef bint is_delegate_dead(self, const mz_token* t) noexcept nogil:
        """Whether an actor that a block of an allowed token names is revoked."""
        cdef Actors asked
        self.ask(&asked)
        return mz_names_dead(t, _actor_dead, &asked)

    cdef Grant grant(self, const uint8_t* data, long size, const mz_proven* p, object record):
        """The verdict: the token's bytes without its tail, and the ids of its blocks."""
        cdef Grant made = Grant.__new__(Grant)
        cdef bytes kept = PyBytes_FromStringAndSize(NULL, size + 16 * p.blocks + 1)
        cdef uint8_t* to = <uint8_t*>PyBytes_AS_STRING(kept)
        memcpy(to, data, size - 32)
        memset(to + size - 32, 0, 32)
        memcpy(to + size, p.ids, 16 * p.blocks)
        to[size + 16 * p.blocks] = <uint8_t>p.blocks
        made.data, made.record, made.tenant_name = kept, record, self.tenant
        made.end, made.sealed_ = p.narrowed.expires_at, p.sealed
        made.narrows_scopes = p.narrowed.narrows_scopes
        made.names_audiences = p.narrowed.names_audiences
        made.delegates_ = p.narrowed.delegates != 0
        return made

    cdef object settle(
        self, const mz_token* t, int prefix, mz_facts* f, const uint8_t* data, long size
    ):
        """The Grant of an authentic token, or None where it is left."""
        cdef mz_proven p
        cdef Verdict verdict
        if self.judge(t, prefix, f, &p) != ALLOWED:
            return None
        record = None if t.is_grant else self.find_record(t.key_id)
        with cython.critical_section(self.denied):
            verdict = self.check(&p, f, record)
            if verdict == ALLOWED and p.narrowed.delegates and self.denied.kinds[ACTOR]:
                verdict = LEFT if self.is_delegate_dead(t) else ALLOWED
        if verdict == NO_RECORD:
            raise RecordNeeded((<const char*>t.key_id)[:16])
        if verdict != ALLOWED:
            return None
        return self.grant(data, size, &p, record)

    def verify(self, token, access):
        """What the token allows. Raises TokenError, or RecordNeeded."""
        cdef Grant grant = self.attempt(token, access)
        return self.decide(token, access) if grant is None else grant

    cdef Grant attempt(self, token, access):
        """A yes, or None where the readable road is to answer. Spends nothing.

        Raises BadTail, ChecksumMismatch, RecordNeeded.
        """
        cdef uint8_t data[MZ_BYTES_LIMIT]
        cdef mz_token t
        cdef mz_facts f
        cdef mz_view text
        cdef int prefix
        cdef long size
        cdef Verdict verdict = LEFT
        cdef Grant grant = None
        if self.usable and mz_string(token, &text) and read_facts(access, self.leeway, &f):
            verdict = self.read_text(text.p, text.n, data, &t, &prefix, &size)
            if verdict == ALLOWED:
                verdict = self.check_root(&t)
            if verdict == ALLOWED:
                if not mz_token_fold(&t, self.roots[t.master_id].secret):
                    raise BadTail
                if self.fits(&t, prefix):
                    grant = self.settle(&t, prefix, &f, data, size)
            elif verdict == BAD_CHECKSUM and text.n == len(token):
                raise ChecksumMismatch
        return grant
