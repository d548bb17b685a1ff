"""Many tokens against one access: the chains side by side in SIMD lanes, without the GIL.

Same answers, token by token, as `Verifier.verify`. The GIL is held where Python objects are
touched (texts, records, grants) and released where bytes are worked on (decoding, chains,
caveats), so that several threads get in each other's way only briefly.
"""

cimport cython
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from engine._denylist cimport ACTOR
from engine._facts cimport read_facts
from engine._road cimport (
    ALLOWED, BAD_CHECKSUM, BAD_TAIL, LEFT, NO_RECORD, SAID, Road, Verdict,
)
from engine._token cimport (
    MZ_TEXT_LIMIT, mz_blocks_allow, mz_facts, mz_fold, mz_fold_many, mz_narrowed, mz_string,
    mz_token, mz_view, mz_wide_kernels,
)

from collections.abc import Sequence

from engine.errors import BadTail, ChecksumMismatch, RecordNeeded, TokenError

cdef enum:
    _AT_ONCE = 1024  # tokens in work at a time: fewer, and threads hand the GIL over too often

# A token in work.
cdef struct Work:
    mz_view text
    uint8_t* data
    long size
    int prefix
    Verdict verdict
    bint judged  # the caveats, in _check_terms
    mz_token token
    mz_narrowed narrowed

# What is kept of a token until somebody looks at its verdict.
cdef struct Kept:
    mz_view text  # p is NULL where there is none that could be a token's
    Verdict verdict
    int blocks
    int sealed
    long size
    const uint8_t* data
    const uint8_t* ids
    const uint8_t* key_id
    mz_narrowed narrowed


cdef class Scratch:
    """The memory of the tokens in work, freed whatever happens."""

    cdef Work* works
    cdef mz_fold* folds

    def __cinit__(self):
        self.works = <Work*>malloc(_AT_ONCE * sizeof(Work))
        self.folds = <mz_fold*>malloc(_AT_ONCE * sizeof(mz_fold))
        if self.works == NULL or self.folds == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.works)
        free(self.folds)


cdef uint8_t* _authenticate(
    Road road, Scratch scratch, Py_ssize_t count, uint8_t* at
) noexcept nogil:
    """Texts to tokens at `at` and behind, then all chains; where the next token may go."""
    cdef Py_ssize_t i, folds = 0
    cdef Work* work
    for i in range(count):
        work = &scratch.works[i]
        work.verdict, work.judged = LEFT, False
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
            scratch.folds[folds].token = &work.token
            scratch.folds[folds].root = road.roots[work.token.master_id].secret
            scratch.folds[folds].owner = work
            folds += 1
    mz_fold_many(mz_wide_kernels(), scratch.folds, folds)
    for i in range(folds):
        work = <Work*>scratch.folds[i].owner
        if not scratch.folds[i].matches:
            work.verdict = BAD_TAIL
        elif not road.fits(&work.token, work.prefix):
            work.verdict = LEFT
    return at


cdef int _check_terms(
    Road road, Scratch scratch, Py_ssize_t first, Py_ssize_t count, mz_facts* f, list said
) except -1:
    """Denylist and terms of all that are authentic; their records go into `said`."""
    cdef Py_ssize_t i
    cdef Work* work
    cdef bint asks
    # Looking for a record may run anybody's code, and so may let another thread change the
    # denylist: it is done before, and what follows runs none.
    for i in range(count):
        work = &scratch.works[i]
        if work.verdict == ALLOWED and not work.token.is_grant:
            said[first + i] = road.find_record(&work.token)
    with cython.critical_section(road.denied):
        asks = road.denied.kinds[ACTOR] != 0
        for i in range(count):
            if scratch.works[i].verdict == ALLOWED:
                road.expect(&scratch.works[i].token)
        for i in range(count):
            work = &scratch.works[i]
            if work.verdict != ALLOWED:
                continue
            if road.is_dead(&work.token, f.now):
                work.verdict = LEFT
                continue
            record = said[first + i]
            if record is None and not work.token.is_grant:
                work.verdict = NO_RECORD
                continue
            work.verdict = road.check_terms(
                &work.token, work.prefix, f, &work.narrowed, record
            )
            # Delegates are looked up here, where the denylist's tables stay in their place.
            if work.verdict == ALLOWED and asks:
                work.verdict = road.check_blocks(&work.token, f, &work.narrowed)
                work.judged = True
    return 0


cdef uint8_t* _keep(
    Scratch scratch, Kept* kept, Py_ssize_t count, mz_facts* f, uint8_t* at
) noexcept nogil:
    """The caveats, unless they were judged already, and what is kept of each token.

    Only of a token that is allowed the ids are kept: its blocks were read, so there is room.
    """
    cdef Py_ssize_t i
    cdef size_t size
    cdef Work* work
    for i in range(count):
        work = &scratch.works[i]
        if work.verdict == ALLOWED and not work.judged:
            if not mz_blocks_allow(&work.token, f, NULL, &work.narrowed):
                work.verdict = LEFT
        kept[i].verdict = work.verdict
        kept[i].data, kept[i].size, kept[i].key_id = work.data, work.size, work.token.key_id
        if work.verdict == ALLOWED:
            kept[i].blocks, kept[i].sealed = work.token.blocks, work.token.sealed
            kept[i].ids, kept[i].narrowed = at, work.narrowed
            size = 16 * work.token.blocks
            memcpy(at, work.token.ids, size)
            at += size
    return at


cdef object _left(Road road, object token, object access):
    try:
        return road.decide(token, access)
    except (TokenError, RecordNeeded) as refusal:
        return refusal


cdef class Verdicts:
    """The verdict on each token, in order: a sequence whose Grants are made when looked at.

    Everything was decided before it was made. It keeps the tokens' bytes until it is gone.
    """

    cdef Road road
    cdef Py_ssize_t size
    cdef Kept* kept
    cdef uint8_t* bytes
    cdef list said  # a token's record, until its verdict takes the place

    def __dealloc__(self):
        free(self.kept)
        free(self.bytes)

    cdef int decide(self, tuple tokens, access, mz_facts* f) except -1:
        cdef Scratch scratch = Scratch()
        cdef Py_ssize_t i, first, count, total = 0
        cdef mz_view* text
        cdef uint8_t* at
        self.kept = <Kept*>malloc(self.size * sizeof(Kept) or 1)
        if self.kept == NULL:
            raise MemoryError
        for i in range(self.size):
            text = &self.kept[i].text
            if mz_string(tokens[i], text) and text.n <= MZ_TEXT_LIMIT:
                total += text.n
            else:
                text.p = NULL
        # A block that allows anything takes at least 17 bytes of text's three in four, its id 16.
        self.bytes = <uint8_t*>malloc(2 * total + 64)  # 64 as mz_fold_many wants it
        self.said = [None] * self.size
        if self.bytes == NULL:
            raise MemoryError
        at = self.bytes
        count = 0
        for first in range(0, self.size, _AT_ONCE):
            # What is left to do for the tokens before these, and then these, without the GIL.
            with nogil:
                at = _keep(scratch, &self.kept[first - count], count, f, at)
                count = min(self.size - first, <Py_ssize_t>_AT_ONCE)
                for i in range(count):
                    scratch.works[i].text = self.kept[first + i].text
                at = _authenticate(self.road, scratch, count, at)
            _check_terms(self.road, scratch, first, count, f, self.said)
        with nogil:
            _keep(scratch, &self.kept[self.size - count], count, f, at)
        for i in range(self.size):
            if self.kept[i].verdict == LEFT or (
                self.kept[i].verdict == BAD_CHECKSUM and not tokens[i].isascii()
            ):
                self.said[i] = _left(self.road, tokens[i], access)
                self.kept[i].verdict = SAID
        return 0

    cdef object _at(self, Py_ssize_t i):
        cdef Kept* kept = &self.kept[i]
        if kept.verdict == ALLOWED:
            self.said[i] = self.road.grant(
                kept.data, kept.size, kept.ids, kept.blocks, kept.sealed, &kept.narrowed,
                self.said[i],
            )
        elif kept.verdict == BAD_TAIL:
            self.said[i] = BadTail()
        elif kept.verdict == BAD_CHECKSUM:
            self.said[i] = ChecksumMismatch()
        elif kept.verdict == NO_RECORD:
            self.said[i] = RecordNeeded((<const char*>kept.key_id)[:16])
        kept.verdict = SAID
        return self.said[i]

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        cdef Py_ssize_t i
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self.size))]
        i = index
        if i < 0:
            i += self.size
        if not 0 <= i < self.size:
            raise IndexError("there is no such verdict")
        with cython.critical_section(self):
            return self._at(i)

    def index(self, value, *bounds):
        return list(self).index(value, *bounds)

    def count(self, value):
        return list(self).count(value)

    def __eq__(self, other):
        if not isinstance(other, (list, Verdicts)):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None

    def __repr__(self):
        return f"<Verdicts on {self.size} tokens>"


Sequence.register(Verdicts)


def verify_many(Road road not None, tokens, access):
    """The verdict on each token, in order; refusals are returned instead of raised."""
    cdef mz_facts f
    cdef tuple every = tuple(tokens)
    cdef Verdicts verdicts
    if not road.usable or not read_facts(access, road.leeway, &f):
        return [_left(road, token, access) for token in every]
    verdicts = Verdicts.__new__(Verdicts)
    verdicts.road, verdicts.size = road, len(every)
    verdicts.decide(every, access, &f)
    return verdicts
