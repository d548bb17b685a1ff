"""Does one case so many times when told to, for `bench.compare`, and tells how long it took.

    python -m bench.probe

Lines of standard input are `CASE TIMES`; each is answered with nanoseconds: of the processor, which
others on the machine take nothing from, and by the clock where a disk is waited for. The first line
that it writes names the cases. It runs in a tree of the revision that is measured, whose engine and
storage it finds first.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from time import perf_counter_ns, process_time_ns

import msgspec
import uvloop

from bench.corpus import ACCESS, Corpus
from bench.filling import TENANT, change, fill, stored
from bench.repeat import repeated
from engine import Denylist, Kind, attenuate, inspect
from engine.caveats import Tools
from server.schemas import VerifyRequest, decode
from storage import migrate_up, open_store

Run = Callable[[int], object]
WAITING = frozenset({"sqlite, issue a key"})


def engine_cases() -> dict[str, Run]:
    corpus = Corpus()
    verify, many = corpus.verifier.verify, corpus.many(200)
    key, grant, long, bare = corpus.key(), corpus.grant(), corpus.key(16), corpus.key(0)
    denylist = Denylist()
    for number in range(100_000):
        denylist.add(Kind.BLOCK, number.to_bytes(16, "little"), 0, ACCESS.now * 2)
    five = tuple(number.to_bytes(16, "big") for number in range(1, 6))
    tools = Tools(["payments.execute"])
    return {
        "verify, key + 1 block": repeated(lambda: verify(key, ACCESS)),
        "verify, grant + 1 block": repeated(lambda: verify(grant, ACCESS)),
        "verify, key + 16 blocks": repeated(lambda: verify(long, ACCESS)),
        "verify_many, 200": repeated(lambda: corpus.verifier.verify_many(many, ACCESS)),
        "denylist, five absent": repeated(lambda: denylist.first_dead(Kind.BLOCK, five)),
        "attenuate": repeated(lambda: attenuate(bare, tools)),
        "inspect": repeated(lambda: inspect(key)),
        "explain": repeated(lambda: corpus.verifier.explain(key, ACCESS)),
    }


def store_cases(runner: asyncio.Runner, folder: str) -> dict[str, Run]:
    url = f"sqlite:///{folder}/probe.db"
    runner.run(migrate_up(url))
    store = runner.run(open_store(url))
    ids = runner.run(fill(store, 5000))
    fresh = iter(number.to_bytes(16, "big") for number in range(2**40))

    async def reads(times: int) -> None:
        for number in range(times):
            await store.get(TENANT, ids[number % len(ids)])

    async def commits(times: int) -> None:
        for _ in range(times):
            await store.commit(change(insert=(stored(next(fresh)),)))

    return {
        "sqlite, read a key": lambda times: runner.run(reads(times)),
        "sqlite, issue a key": lambda times: runner.run(commits(times)),
    }


def json_cases() -> dict[str, Run]:
    body = msgspec.json.encode({"credential": "m" * 200, "context": {"scopes": ["a:b"]}})
    return {"JSON in: a verify": repeated(lambda: decode(VerifyRequest, body))}


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="marzipan-probe-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        cases = {**engine_cases(), **json_cases(), **store_cases(runner, folder)}
        print("\t".join(cases), flush=True)
        for line in sys.stdin:
            name, _, times = line.rstrip("\n").rpartition(" ")
            clock = perf_counter_ns if name in WAITING else process_time_ns
            began = clock()
            cases[name](int(times))
            print(clock() - began, flush=True)


if __name__ == "__main__":
    main()
