"""Mixed traffic for locust: agents, gateways, administrators and attackers.

    make bench-locust                  # starts a server, 60 s, headless
    make bench-locust DURATION=10m
    make bench-locust WEB=1            # with locust's page, http://127.0.0.1:8089

Against a server of yours, which then has keys more:

    MARZIPAN_ADMIN_KEY=... locust -f bench/locustfile.py --host http://127.0.0.1:4420

BENCH_BOUND_S: the seconds within which a revocation must be known, 0.1 unless set.
BENCH_SERVER_PID: whose memory is sampled. BENCH_FOUND: a file for what was found. BENCH_HISTORY: a
file for all events, which `bench.load.checking.replay` judges again.
"""

import os
import time
from pathlib import Path
from typing import Any

import gevent
from locust import events

from bench.load.admins import Administrator
from bench.load.agents import Agent
from bench.load.attackers import Attacker
from bench.load.found import found
from bench.load.gateways import Gateway
from bench.load.tally import TALLY
from bench.load.watch import Memory
from bench.results import save

__all__ = ["Administrator", "Agent", "Attacker", "Gateway"]

MEMORY = Memory(int(os.environ.get("BENCH_SERVER_PID", "0")))
SAMPLE_S = 0.5


@events.test_start.add_listener
def watch(environment: Any, **_: object) -> None:
    began = time.monotonic()

    def sampling() -> None:
        while True:
            MEMORY.sample(time.monotonic() - began)
            gevent.sleep(SAMPLE_S)

    gevent.spawn(sampling)


@events.request.add_listener
def count(response: Any, exception: Any, **_: object) -> None:
    TALLY.answer(getattr(response, "status_code", 0) or 0, wrong=exception is not None)


@events.quitting.add_listener
def tell(environment: Any, **_: object) -> None:
    if path := os.environ.get("BENCH_FOUND"):
        save(Path(path), found(environment.stats, TALLY, MEMORY.samples))
