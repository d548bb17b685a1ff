"""The HTTP verify of two trees: both servers on one core, asked in turns, A B B A.

Two ratios: of the time that a request takes when as many are sent as the server answers, and of the
time that the server's processor spends on one, which others on the machine change far less.
"""

from pathlib import Path
from typing import NamedTuple

from bench.wire.asked import Request, both
from bench.wire.clients import paced
from bench.wire.servers import Server, marzipan

SECONDS = 0.6
CONNECTIONS = 16
ROUNDS = 4
CLOCK, PROCESSOR = "HTTP verify, by the clock", "HTTP verify, processor"


class Cost(NamedTuple):
    """Seconds a request, by the clock and of the server's processor."""

    clock: float
    processor: float


def http_ratios(ours: Path, theirs: Path, pairs: int) -> dict[str, list[list[float]]]:
    """Both ratios, by pair of servers: above 1, ours takes longer."""
    found: dict[str, list[list[float]]] = {CLOCK: [], PROCESSOR: []}
    for _ in range(pairs):
        with marzipan(root=ours) as mine, marzipan(root=theirs) as other:
            asked = [(each, both(each.url, each.admin_key)["verify"]) for each in (mine, other)]
            for each in asked:
                cost(*each)
            quads = [_quad(*asked) for _ in range(ROUNDS)]
        found[CLOCK].append([quad.clock for quad in quads])
        found[PROCESSOR].append([quad.processor for quad in quads])
    return found


def _quad(mine: tuple[Server, Request], other: tuple[Server, Request]) -> Cost:
    first, second = cost(*mine), cost(*other)
    third, fourth = cost(*other), cost(*mine)
    return Cost(
        (first.clock + fourth.clock) / (second.clock + third.clock),
        (first.processor + fourth.processor) / (second.processor + third.processor),
    )


def cost(server: Server, request: Request) -> Cost:
    """What a request costs. Raises SystemExit where one was not answered well."""
    before = server.processor_s()
    load = paced(server.port, request, SECONDS, CONNECTIONS, 0)
    spent = server.processor_s() - before
    if fault := load.fault():
        raise SystemExit(f"{server.name}: {fault}")
    # The first tenth of the time is not counted, though it was spent.
    return Cost(1 / load.rate, spent / (load.rate * SECONDS))
