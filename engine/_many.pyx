"""Many tokens against one access: the chains side by side in SIMD lanes, without the GIL.

Same answers, token by token, as `Verifier.verify`. The GIL is held where Python objects are
touched (texts, records, grants) and released where bytes are worked on (decoding, chains,
caveats), so that several threads get in each other's way only briefly.
"""

cimport cython
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc

from engine._facts cimport read_facts
from engine._road cimport (
    ALLOWED, BAD_CHECKSUM, BAD_TAIL, LEFT, NO_RECORD, Road, Verdict,
)
from engine._token cimport (
    MZ_TEXT_LIMIT, mz_facts, mz_fold, mz_fold_many, mz_narrowed, mz_string, mz_token, mz_view,
    mz_wide_kernel, mz_wide_kernels,
)

from engine.errors import BadTail, ChecksumMismatch, RecordNeeded, TokenError

_AT_ONCE = 512  # tokens in work at a time: what they need stays in the processor's cache

cdef struct Work:
    mz_view text
    uint8_t* data
    long size
    int prefix
    Verdict verdict
    mz_token token
    mz_narrowed narrowed


cdef class Batch:
    """The memory of one batch, freed whatever happens."""

    cdef Work* works
    cdef mz_fold* folds
    cdef uint8_t* bytes

    def __cinit__(self, size_t count, size_t total):
        self.works = <Work*>malloc(count * sizeof(Work) or 1)
        self.folds = <mz_fold*>malloc(count * sizeof(mz_fold) or 1)
        self.bytes = <uint8_t*>malloc(total or 1)
        if self.works == NULL or self.folds == NULL or self.bytes == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.works)
        free(self.folds)
        free(self.bytes)


cdef void _authenticate(Road road, Batch batch, size_t count) noexcept nogil:
    """Texts to tokens, then all chains."""
    cdef const mz_wide_kernel* kernel = mz_wide_kernels()
    cdef uint8_t* at = batch.bytes
    cdef size_t i, folds = 0
    cdef Work* work
    for i in range(count):
        work = &batch.works[i]
        if work.text.p == NULL:
            continue
        work.data = at
        work.verdict = road.read_text(
            work.text.p, work.text.n, at, &work.token, &work.prefix, &work.size
        )
        if work.verdict == ALLOWED:
            work.verdict = road.check_root(&work.token)
        if work.verdict == ALLOWED:
            at += work.size
            batch.folds[folds].token = &work.token
            batch.folds[folds].root = road.roots[work.token.master_id].secret
            batch.folds[folds].owner = work
            folds += 1
    mz_fold_many(kernel, batch.folds, folds)
    for i in range(folds):
        work = <Work*>batch.folds[i].owner
        if not batch.folds[i].matches:
            work.verdict = BAD_TAIL
        elif not road.fits(&work.token, work.prefix):
            work.verdict = LEFT


cdef list _check_terms(Road road, Batch batch, Py_ssize_t count, mz_facts* f):
    """Denylist and terms of all that are authentic; the records, by position."""
    cdef Py_ssize_t i
    cdef Work* work
    cdef list records = [None] * count
    with cython.critical_section(road.denied):
        for i in range(count):
            work = &batch.works[i]
            if work.verdict != ALLOWED:
                continue
            if road.is_dead(&work.token, f.now):
                work.verdict = LEFT
                continue
            record = None if work.token.is_grant else road.find_record(&work.token)
            if record is None and not work.token.is_grant:
                work.verdict = NO_RECORD
                continue
            records[i] = record
            work.verdict = road.check_terms(
                &work.token, work.prefix, f, &work.narrowed, record
            )
            # Delegates are looked up in the denylist's tables, which may move without the GIL.
            if work.verdict == ALLOWED and road.denied.kinds[5]:
                work.verdict = road.check_blocks(&work.token, f, &work.narrowed)
    return records


cdef void _check_blocks(Road road, Batch batch, size_t count, mz_facts* f) noexcept nogil:
    cdef size_t i
    cdef Work* work
    for i in range(count):
        work = &batch.works[i]
        if work.verdict == ALLOWED:
            work.verdict = road.check_blocks(&work.token, f, &work.narrowed)


cdef object _answer(Road road, Work* work, object record, object token, object access):
    if work.verdict == ALLOWED:
        return road.grant(&work.token, &work.narrowed, record, work.data, work.size)
    if work.verdict == BAD_TAIL:
        return BadTail()
    if work.verdict == BAD_CHECKSUM and work.text.n == len(token):
        return ChecksumMismatch()
    if work.verdict == NO_RECORD:
        return RecordNeeded((<const char*>work.token.key_id)[:16])
    try:
        return road.decide(token, access)
    except (TokenError, RecordNeeded) as refusal:
        return refusal


cdef list _batch(Road road, tuple tokens, access, mz_facts* f):
    cdef Py_ssize_t i, count = len(tokens), total = 0
    cdef Batch batch
    cdef mz_view text
    cdef list records
    cdef bint asks
    for token in tokens:
        if mz_string(token, &text) and text.n <= MZ_TEXT_LIMIT:
            total += text.n
    batch = Batch(count, total)
    for i in range(count):
        batch.works[i].verdict = LEFT
        if not mz_string(tokens[i], &batch.works[i].text) or batch.works[i].text.n > MZ_TEXT_LIMIT:
            batch.works[i].text.p = NULL
    with nogil:
        _authenticate(road, batch, count)
    records = _check_terms(road, batch, count, f)
    asks = road.denied.kinds[5] != 0
    if not asks:
        with nogil:
            _check_blocks(road, batch, count, f)
    return [
        _answer(road, &batch.works[i], records[i], tokens[i], access) for i in range(count)
    ]


def verify_many(Road road not None, tokens, access):
    """The verdict on each token, in order; refusals are returned instead of raised."""
    cdef mz_facts f
    cdef tuple every = tuple(tokens)
    cdef list verdicts = []
    if not road.usable or not read_facts(access, road.leeway, &f):
        for token in every:
            try:
                verdicts.append(road.decide(token, access))
            except (TokenError, RecordNeeded) as refusal:
                verdicts.append(refusal)
        return verdicts
    for start in range(0, len(every), _AT_ONCE):
        verdicts += _batch(road, every[start : start + _AT_ONCE], access, &f)
    return verdicts
