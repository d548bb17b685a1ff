"""The steps of one verify, each done many times by itself: where the time goes, for the bench."""

from libc.stdint cimport uint8_t

from engine._blake3 cimport mz_choose, mz_step
from engine._facts cimport read_facts
from engine._road cimport ALLOWED, Road
from engine._token cimport (
    MZ_BYTES_LIMIT, mz_facts, mz_proven, mz_string, mz_text_decode, mz_text_tables, mz_token,
    mz_token_fold, mz_token_read, mz_view,
)

mz_choose()
mz_text_tables()

STEPS = ("facts", "text", "parse", "chain", "compressions", "standing", "caveats", "grant")


cdef void _compress(const mz_token* t) noexcept nogil:
    """As many compressions as the chain needs, each waiting for the one before, and no more."""
    cdef uint8_t out[64]
    cdef size_t left = 1 + t.header.n // 64
    cdef int i
    for i in range(t.blocks):
        left += 1 + t.block[i].n // 64
    mz_step(t.tail, 1, t.tail, 0, out)
    while left > 1:
        mz_step(out, 1, t.tail, 0, out)
        left -= 1


def repeat(Road road not None, str step not None, str token not None, access, long times):
    cdef uint8_t data[MZ_BYTES_LIMIT]
    cdef mz_token t
    cdef mz_facts f
    cdef mz_proven p
    cdef mz_view text
    cdef int prefix
    cdef long size, i
    if step not in STEPS:
        raise ValueError(f"the steps are {', '.join(STEPS)}")
    if not mz_string(token, &text) or not read_facts(access, road.leeway, &f):
        raise ValueError("the compiled road does not judge this access")
    if road.read_text(text.p, text.n, data, &t, &prefix, &size) != ALLOWED:
        raise ValueError("the token is malformed")
    if not mz_token_fold(&t, road.roots[t.master_id].secret):
        raise ValueError("the token's tail does not match its chain")
    if road.judge(&t, prefix, &f, &p) != ALLOWED:
        raise ValueError("the token does not allow the access")
    record = None if t.is_grant else road.find_record(t.key_id)
    if road.check(&p, &f, record) != ALLOWED:
        raise ValueError("denylist or record does not allow the access")
    for i in range(times):
        if step == "facts":
            read_facts(access, road.leeway, &f)
        elif step == "text":
            mz_text_decode(text.p, text.n, road.prefixes[prefix].length, data)
        elif step == "parse":
            mz_token_read(&t, data, size)
        elif step == "chain":
            mz_token_fold(&t, road.roots[t.master_id].secret)
        elif step == "compressions":
            _compress(&t)
        elif step == "standing":
            if not t.is_grant:
                record = road.find_record(t.key_id)
            road.check(&p, &f, record)
        elif step == "caveats":
            road.judge(&t, prefix, &f, &p)
        else:
            road.grant(data, size, &p, record)
