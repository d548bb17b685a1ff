"""Marzipan: a key narrowed once, its record at hand, a denylist of 10,000 entries."""

from collections.abc import Callable

from bench.corpus import ACCESS, Corpus
from bench.repeat import repeated

label = "Marzipan"


def prepare() -> Callable[[int], None]:
    corpus = Corpus()
    token, verify = corpus.key(), corpus.verifier.verify
    return repeated(lambda: verify(token, ACCESS))
