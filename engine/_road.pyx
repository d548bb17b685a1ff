"""The compiled road of a verifier. The rules of this file:

1. It says yes. The three refusals that strangers can cause (checksum, tail, missing record) are
   raised here too; every other answer is left to the readable road in verify.py, which also says
   why. So a mistake here could only be a wrong yes, and tests compare the two roads.
2. The order is the readable road's: no meaning is read from a block before the tail matched.
3. No Python object is made on the way to a yes but the Grant and its bytes.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItemWithError
from cpython.object cimport PyObject
from libc.stdint cimport INT64_MAX, INT64_MIN
from libc.string cimport memcmp, memcpy, memset

from engine._blake3 cimport (
    MZ_CHUNK, MZ_CONTEXT, MZ_IV, MZ_MATERIAL, mz_choose, mz_chunk, mz_compress, mz_load32,
)
from engine._denylist cimport ACTOR, BLOCK, GRANT, KEY, denied, standing
from engine._facts cimport read_facts
from engine._record cimport KeyRecord, record_allows
from engine._tiers cimport mz_tiers, mz_tiers_prefetch
from engine._token cimport (
    MZ_BYTES_LIMIT, MZ_TEXT_CHECKSUM, mz_actors, mz_blocks_allow, mz_contains, mz_equal,
    mz_is_scope, mz_next_bin, mz_next_str, mz_scope_covers, mz_string, mz_text_decode,
    mz_text_tables, mz_token_fold, mz_token_read,
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
                if memcmp(text, self.prefixes[i].text, self.prefixes[i].length) == 0:
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

    cdef void expect(self, const mz_token* t) noexcept nogil:
        """Have memory bring what `is_dead` will look at, for many tokens at once."""
        cdef int i
        cdef const mz_tiers* dead = &self.denied.dead
        if self.denied.kinds[KEY]:
            mz_tiers_prefetch(dead, KEY, t.key_id)
        if t.is_grant and self.denied.kinds[GRANT]:
            mz_tiers_prefetch(dead, GRANT, t.grant_id)
        if self.denied.kinds[BLOCK]:
            for i in range(t.blocks):
                mz_tiers_prefetch(dead, BLOCK, t.ids[i])

    cdef bint is_dead(self, const mz_token* t, int64_t now) noexcept nogil:
        """Whether a link, the tenant, or a rotation's end stands in the denylist."""
        cdef const mz_tiers* dead = &self.denied.dead
        cdef const mz_tiers* values = &self.denied.values
        cdef int i
        cdef int64_t sunset
        if self.denied.kinds[KEY] and denied(dead, KEY, t.key_id):
            return True
        if t.is_grant and self.denied.kinds[GRANT] and denied(dead, GRANT, t.grant_id):
            return True
        if self.denied.kinds[BLOCK]:
            for i in range(t.blocks):
                if denied(dead, BLOCK, t.ids[i]):
                    return True
        if not self.denied.has_any():
            return False
        if t.key_issued_at <= standing(values, 6, self.tenant_target):
            return True
        sunset = standing(values, 7, t.key_id)
        if 0 <= sunset <= now:
            return True
        return t.is_grant and t.generation < standing(values, 4, t.key_id)

    cdef Verdict check_grant(
        self, const mz_token* t, mz_facts* f, mz_narrowed* n, mz_view* actor
    ) noexcept nogil:
        """What the grant's header allows, before any caveat."""
        cdef const Root* root = &self.roots[t.master_id]
        actor[0] = t.actor
        n.expires_at = t.expires_at
        if t.issued_at > root.retired_at or f.now >= root.end or t.issued_at - f.leeway > f.now:
            return LEFT
        # Older than its key: none of ours, and nothing that a revocation by time would reach.
        if t.key_issued_at - f.leeway > t.issued_at:
            return LEFT
        return ALLOWED if _grant_allows(t, f) else LEFT

    cdef object find_record(self, const mz_token* t):
        """The key's record, or None; what is not exactly a dict is asked by its `get`."""
        cdef PyObject* found
        key_id = PyBytes_FromStringAndSize(<const char*>t.key_id, 16)
        if type(self.records) is not dict:
            return self.records.get(key_id)
        found = PyDict_GetItemWithError(self.records, key_id)
        return None if found == NULL else <object>found

    cdef Verdict check_terms(
        self, const mz_token* t, int prefix, mz_facts* f, mz_narrowed* n, object record
    ) except *:
        """What record or header allow, of a token no link of which is dead; its actor's standing."""
        cdef mz_view actor
        cdef Verdict verdict
        memset(n, 0, sizeof(mz_narrowed))
        if t.is_grant:
            verdict = self.check_grant(t, f, n, &actor)
        else:
            if type(record) is not KeyRecord:
                return LEFT
            n.expires_at = (<KeyRecord>record).expires_at
            allowed = record_allows(<KeyRecord>record, t, prefix, f, &actor)
            verdict = ALLOWED if allowed else LEFT
        if verdict != ALLOWED or f.now >= n.expires_at:
            return LEFT
        return LEFT if actor.n and self.is_actor_dead(actor, t.key_issued_at) else ALLOWED

    cdef bint is_actor_dead(self, mz_view actor, int64_t issued_at) noexcept nogil:
        cdef Actors asked
        if not self.denied.kinds[ACTOR]:
            return False
        self.ask(&asked)
        return _actor_dead(&asked, actor, issued_at)

    cdef void ask(self, Actors* asked) noexcept nogil:
        asked.values, asked.key = &self.denied.values, &self.actor_key[0]
        asked.lead, asked.lead_length = &self.actor_lead[0], self.actor_lead_length

    cdef Verdict check_blocks(
        self, const mz_token* t, mz_facts* f, mz_narrowed* n
    ) noexcept nogil:
        """All caveats of all blocks."""
        cdef Actors asked
        cdef mz_actors actors
        if not self.denied.kinds[ACTOR]:
            return ALLOWED if mz_blocks_allow(t, f, NULL, n) else LEFT
        self.ask(&asked)
        actors.dead, actors.denied = _actor_dead, &asked
        return ALLOWED if mz_blocks_allow(t, f, &actors, n) else LEFT

    cdef Grant grant(
        self, const uint8_t* data, long size, const uint8_t* ids, int blocks, int sealed,
        const mz_narrowed* n, object record,
    ):
        """The verdict: the token's bytes without its tail, and the ids of its blocks."""
        cdef Grant made = Grant.__new__(Grant)
        cdef bytes kept = PyBytes_FromStringAndSize(NULL, size + 16 * blocks + 1)
        cdef uint8_t* to = <uint8_t*>PyBytes_AS_STRING(kept)
        memcpy(to, data, size - 32)
        memset(to + size - 32, 0, 32)
        memcpy(to + size, ids, 16 * blocks)
        to[size + 16 * blocks] = <uint8_t>blocks
        made.data, made.record, made.tenant_name = kept, record, self.tenant
        made.end, made.sealed_ = n.expires_at, sealed
        made.narrows_scopes, made.names_audiences = n.narrows_scopes, n.names_audiences
        made.delegates_ = n.delegates != 0
        return made

    cdef object settle(
        self, const mz_token* t, int prefix, mz_facts* f, const uint8_t* data, long size
    ):
        """The Grant of an authentic token, or None where it is left."""
        cdef mz_narrowed n
        cdef Verdict verdict = LEFT
        record = None
        with cython.critical_section(self.denied):
            if not self.is_dead(t, f.now):
                record = None if t.is_grant else self.find_record(t)
                verdict = NO_RECORD
                if t.is_grant or record is not None:
                    verdict = self.check_terms(t, prefix, f, &n, record)
                if verdict == ALLOWED:
                    verdict = self.check_blocks(t, f, &n)
        if verdict == NO_RECORD:
            raise RecordNeeded((<const char*>t.key_id)[:16])
        if verdict != ALLOWED:
            return None
        return self.grant(data, size, &t.ids[0][0], t.blocks, t.sealed, &n, record)

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
