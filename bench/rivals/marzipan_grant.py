"""Marzipan: a derived token narrowed once, which needs no record."""

from collections.abc import Callable

from bench.corpus import ACCESS, Corpus
from bench.repeat import repeated

label = "Marzipan, derived"


def prepare() -> Callable[[int], None]:
    corpus = Corpus()
    token, verify = corpus.grant(), corpus.verifier.verify
    return repeated(lambda: verify(token, ACCESS))
