"""The engine against its own floor: verify by length of the chain, its steps, many at once."""

import functools
import threading
import time
from collections.abc import Callable

import pytest

from bench.corpus import ACCESS, Corpus
from bench.repeat import repeated
from engine import BadTail, Denylist, NoDenylist, Verifier, _steps, attenuate, inspect, text
from engine.caveats import Tools

CORPUS = Corpus()
KEY, GRANT = CORPUS.key(), CORPUS.grant()
MANY = CORPUS.many(1000)


@pytest.mark.parametrize("blocks", [0, 1, 2, 4, 8, 16])
@pytest.mark.parametrize("kind", ["key", "grant"])
def test_verify(measure, kind: str, blocks: int) -> None:
    token = getattr(CORPUS, kind)(blocks)
    verify = functools.partial(CORPUS.verifier.verify, token, ACCESS)
    measure(f"verify, {kind} + {blocks} blocks", repeated(verify), 500, series=kind, x=blocks)


@pytest.mark.parametrize("caveats", [1, 2, 4, 8, 16, 32])
def test_caveats(measure, caveats: int) -> None:
    token = attenuate(CORPUS.key(0), *[Tools(["payments.execute"])] * caveats).text
    verify = functools.partial(CORPUS.verifier.verify, token, ACCESS)
    measure(f"verify, {caveats} caveats", repeated(verify), 300, series="caveats", x=caveats)


def test_verify_readable(measure) -> None:
    decide = functools.partial(CORPUS.verifier.decide, KEY, ACCESS)
    measure("verify, readable road", repeated(decide), 20, 200)


def test_verify_and_look(measure) -> None:
    verify = CORPUS.verifier.verify
    measure("verify, and read the scopes", repeated(lambda: verify(KEY, ACCESS).scopes), 500)


def test_explain(measure) -> None:
    measure("explain", repeated(lambda: CORPUS.verifier.explain(KEY, ACCESS)), 20, 100)


@pytest.mark.parametrize("kind", ["empty", "none"])
def test_verify_without_revocations(measure, kind: str) -> None:
    denylist = Denylist() if kind == "empty" else NoDenylist()
    verifier = Verifier(CORPUS.keys, denylist=denylist, records=CORPUS.records)
    verify = functools.partial(verifier.verify, KEY, ACCESS)
    measure(f"verify, denylist {kind}", repeated(verify), 500)


def test_refuse_forged(measure) -> None:
    prefix, data = text.decode(KEY)
    forged = text.encode(prefix, data[:-32] + bytes(32))
    verify = CORPUS.verifier.verify

    def run(times: int) -> None:
        for _ in range(times):
            try:
                verify(forged, ACCESS)
            except BadTail:
                continue
            raise AssertionError("a forged token was accepted")

    measure("refuse a forged tail", run, 200)


@pytest.mark.parametrize("step", _steps.STEPS)
def test_step(measure, step: str) -> None:
    run = functools.partial(_steps.repeat, CORPUS.verifier, step, KEY, ACCESS)
    measure(f"step {step}", run, 2000, series="step")


def test_mint(measure) -> None:
    mint = functools.partial(CORPUS.keys.mint_key, now=ACCESS.now)
    measure("mint a key", repeated(mint), 100, 200)


def test_attenuate(measure) -> None:
    bare = CORPUS.key(0)
    narrow = functools.partial(attenuate, bare, Tools(["payments.execute"]))
    measure("attenuate", repeated(narrow), 50, 200)


def test_inspect(measure) -> None:
    measure("inspect", repeated(functools.partial(inspect, KEY)), 50, 200)


def _one_by_one(_: int) -> None:
    verify = CORPUS.verifier.verify
    for token in MANY:
        verify(token, ACCESS)


@pytest.mark.parametrize("way", ["one by one", "verify_many"])
def test_thousand(measure, way: str) -> None:
    run: Callable[[int], object] = _one_by_one
    if way == "verify_many":
        run = lambda _: CORPUS.verifier.verify_many(MANY, ACCESS)  # noqa: E731
    measure(f"1,000 tokens, {way}", run, len(MANY), 200)


@pytest.mark.benchmark(timer=time.perf_counter)  # the processors' time is the same for both
@pytest.mark.parametrize("threads", [1, 2])
def test_threads(measure, threads: int) -> None:
    batches = 20

    def work() -> None:
        for _ in range(batches):
            CORPUS.verifier.verify_many(MANY, ACCESS)

    def run(_: int) -> None:
        every = [threading.Thread(target=work) for _ in range(threads)]
        for one in every:
            one.start()
        for one in every:
            one.join()

    measure(f"verify_many, threads {threads}", run, threads * batches * len(MANY), 30)
