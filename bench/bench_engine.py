"""The engine against its rivals and against its own floor; see README.md for how and why.

pytest-benchmark times `run(n)`, and `per` says by how much to divide a round.
"""

import functools
import importlib
import threading
from collections.abc import Callable

import pytest

from bench.corpus import ACCESS, Corpus
from bench.rivals.libmacaroons import Missing
from engine import BadTail, _steps, text

CORPUS = Corpus()
KEY, GRANT = CORPUS.key(), CORPUS.grant()
MANY = CORPUS.many(1000)
ROUNDS = 400


def repeated(call: Callable[[], object], times: int) -> None:
    for _ in range(times):
        call()


def measure(benchmark, name: str, run: Callable[[int], object], per: int, rounds=ROUNDS) -> None:
    benchmark.name = name
    benchmark.extra_info["per"] = per
    benchmark.pedantic(run, args=(per,), rounds=rounds, warmup_rounds=3, iterations=1)


@pytest.mark.parametrize("blocks", [0, 1, 2, 4, 8, 16])
@pytest.mark.parametrize("kind", ["key", "grant"])
def test_verify(benchmark, kind: str, blocks: int) -> None:
    token = getattr(CORPUS, kind)(blocks)
    verify = functools.partial(CORPUS.verifier.verify, token, ACCESS)
    measure(benchmark, f"{kind} {blocks}", lambda times: repeated(verify, times), 500)


def test_verify_readable(benchmark) -> None:
    decide = functools.partial(CORPUS.verifier.decide, KEY, ACCESS)
    measure(benchmark, "readable", lambda times: repeated(decide, times), 20)


def test_verify_and_look(benchmark) -> None:
    verify = CORPUS.verifier.verify
    look = lambda: verify(KEY, ACCESS).scopes  # noqa: E731
    measure(benchmark, "looked at", lambda times: repeated(look, times), 500)


def test_refuse_forged(benchmark) -> None:
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

    measure(benchmark, "forged", run, 200)


@pytest.mark.parametrize("step", _steps.STEPS)
def test_step(benchmark, step: str) -> None:
    run = lambda times: _steps.repeat(CORPUS.verifier, step, KEY, ACCESS, times)  # noqa: E731
    measure(benchmark, f"step {step}", run, 2000)


def one_by_one() -> None:
    verify = CORPUS.verifier.verify
    for token in MANY:
        verify(token, ACCESS)


@pytest.mark.parametrize("way", ["loop", "many"])
def test_thousand(benchmark, way: str) -> None:
    run = one_by_one if way == "loop" else lambda: CORPUS.verifier.verify_many(MANY, ACCESS)
    measure(benchmark, f"thousand {way}", lambda times: run(), len(MANY), 200)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads(benchmark, threads: int) -> None:
    batches = 20

    def work() -> None:
        for _ in range(batches):
            CORPUS.verifier.verify_many(MANY, ACCESS)

    def run(times: int) -> None:
        every = [threading.Thread(target=work) for _ in range(threads)]
        for one in every:
            one.start()
        for one in every:
            one.join()

    measure(benchmark, f"threads {threads}", run, threads * batches * len(MANY), 30)


RIVALS = {"libmacaroons": 100, "pymacaroons": 20, "pyjwt": 20, "pyjwt_eddsa": 8, "biscuit": 8}


@pytest.mark.parametrize("rival", RIVALS)
def test_rival(benchmark, rival: str) -> None:
    module = importlib.import_module(f"bench.rivals.{rival}")
    try:
        run = module.prepare()
    except Missing as missing:
        pytest.skip(str(missing))
    measure(benchmark, f"rival {module.label}", run, RIVALS[rival])
