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
    MZ_TEXT_LIMIT, mz_facts, mz_fold, mz_fold_many, mz_proven, mz_string, mz_token,
    mz_token_read, mz_view, mz_wide_kernels,
)

from collections.abc import Sequence

from engine.errors import BadTail, ChecksumMismatch, RecordNeeded, TokenError

cdef enum:
    _FOLDED = 64  # tokens side by side: the nearest memory holds them from text to caveats
    _AT_ONCE = 1024  # tokens without the GIL: fewer, and threads hand it over too often
    _AHEAD = 8  # tokens that the denylist is read ahead for

# What is kept of a token from its text until somebody looks at its verdict.
cdef struct Kept:
    mz_view text  # p is NULL where there is none that could be a token's
    const uint8_t* data
    long size
    Verdict verdict
    mz_proven proven  # its ids are there for what is allowed


cdef class Scratch:
    """The memory of the tokens that are folded, freed whatever happens."""

    cdef mz_token* tokens
    cdef mz_fold* folds

    def __cinit__(self):
        self.tokens = <mz_token*>malloc(_FOLDED * sizeof(mz_token))
        self.folds = <mz_fold*>malloc(_FOLDED * sizeof(mz_fold))
        if self.tokens == NULL or self.folds == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.tokens)
        free(self.folds)


cdef uint8_t* _prove(
    Road road, Scratch scratch, Kept* kept, Py_ssize_t count, mz_facts* f, uint8_t* at
) noexcept nogil:
    """Texts to tokens at `at` and behind, all chains, then caveats; where the next may go.

    Only of a token that is allowed the ids are kept: its blocks were read, so there is room.
    """
    cdef Py_ssize_t i, folds = 0
    cdef Kept* one
    cdef mz_token* t
    cdef int b, prefix
    for i in range(count):
        one = &kept[i]
        one.verdict = LEFT
        if one.text.p == NULL:
            continue
        t = &scratch.tokens[folds]
        one.data = at
        one.verdict = road.read_text(one.text.p, one.text.n, at, t, &prefix, &one.size)
        if one.verdict == ALLOWED:
            one.verdict = road.check_root(t)
        if one.verdict == ALLOWED:
            at += one.size
            one.proven.prefix = <uint8_t>prefix
            scratch.folds[folds].token = t
            scratch.folds[folds].root = road.roots[t.master_id].secret
            scratch.folds[folds].owner = one
            folds += 1
    mz_fold_many(mz_wide_kernels(), scratch.folds, folds)
    for i in range(folds):
        one = <Kept*>scratch.folds[i].owner
        t = scratch.folds[i].token
        prefix = one.proven.prefix
        if not scratch.folds[i].matches:
            one.verdict = BAD_TAIL
        elif not road.fits(t, prefix):
            one.verdict = LEFT
        else:
            one.verdict = road.judge(t, prefix, f, &one.proven)
        if one.verdict == ALLOWED:
            one.proven.ids = at
            for b in range(t.blocks):
                memcpy(at, t.ids[b], 16)
                at += 16
    return at


cdef bint _is_delegate_dead(Road road, const Kept* one) noexcept nogil:
    cdef mz_token t
    return not mz_token_read(&t, one.data, one.size) or road.is_delegate_dead(&t)


@cython.boundscheck(False)
@cython.wraparound(False)
cdef int _check(
    Road road, Kept* kept, Py_ssize_t first, Py_ssize_t end, mz_facts* f, list said
) except -1:
    """Denylist and records of all that allow the access; their records go into `said`."""
    cdef Py_ssize_t i
    cdef Kept* one
    cdef bint asks
    # Looking for a record may run anybody's code, and so may let another thread change the
    # denylist: it is done before, and what follows runs none.
    for i in range(first, end):
        one = &kept[i]
        if one.verdict == ALLOWED and one.proven.grant_id == NULL:
            said[i] = road.find_record(one.proven.key_id)
    with cython.critical_section(road.denied):
        asks = road.denied.kinds[ACTOR] != 0
        for i in range(first, min(first + _AHEAD, end)):
            if kept[i].verdict == ALLOWED:
                road.expect(&kept[i].proven)
        for i in range(first, end):
            if i + _AHEAD < end and kept[i + _AHEAD].verdict == ALLOWED:
                road.expect(&kept[i + _AHEAD].proven)
            one = &kept[i]
            if one.verdict != ALLOWED:
                continue
            one.verdict = road.check(&one.proven, f, said[i])
            if one.verdict == ALLOWED and asks and one.proven.narrowed.delegates:
                one.verdict = LEFT if _is_delegate_dead(road, one) else ALLOWED
    return 0


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

    @cython.boundscheck(False)
    @cython.wraparound(False)
    cdef int decide(self, tuple tokens, access, mz_facts* f) except -1:
        cdef Scratch scratch = Scratch()
        cdef Py_ssize_t i, count, first, end, total = 0
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
        for first in range(0, self.size, _AT_ONCE):
            end = min(self.size, first + _AT_ONCE)
            i = first
            with nogil:
                while i < end:
                    count = min(end - i, <Py_ssize_t>_FOLDED)
                    at = _prove(self.road, scratch, &self.kept[i], count, f, at)
                    i += count
            _check(self.road, self.kept, first, end, f, self.said)
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
            self.said[i] = self.road.grant(kept.data, kept.size, &kept.proven, self.said[i])
        elif kept.verdict == BAD_TAIL:
            self.said[i] = BadTail()
        elif kept.verdict == BAD_CHECKSUM:
            self.said[i] = ChecksumMismatch()
        elif kept.verdict == NO_RECORD:
            self.said[i] = RecordNeeded((<const char*>kept.proven.key_id)[:16])
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
