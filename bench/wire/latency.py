"""Latency of a verify below the limit: requests are due by the clock, and counted from then.

The server's limit is found first, by the same client over as many connections. Then it gets parts
of it, and the floor the same number of requests, in turns. What a verify adds is the difference:
the kernel's part, the client's and the machine's moods are in both.
"""

import time
from statistics import median

from bench.plan import Mode
from bench.results import Section
from bench.wire.asked import Request, both
from bench.wire.clients import Load, paced
from bench.wire.servers import Server, floor, marzipan

CONNECTIONS = 64
GOAL = 70  # percent of the limit
ROUNDS = 3
UNSENT = 0.01  # of all: more, and the server does not keep up with the rate
ALONE = 0.9  # of the core's time for the server at its limit: less, and it was not alone
AT = "50", "99", "99.9"


def measure(name: str, mode: Mode) -> Section:
    section = Section(name=name)
    with marzipan() as ours, floor("httptools_echo") as bare:
        request = both(ours.url, ours.admin_key)["verify"]
        limits, share = _limits(ours, request, mode)
        section.add("the limit", "requests/s", limits, note=f"{CONNECTIONS} connections")
        note = "of its core's time; less than all where others, or the client, were in its way"
        section.add("the server's share at the limit", "%", [share * 100], note=note)
        for part in mode.pick((GOAL,), (10, 30, 50, GOAL, 80, 90)):
            rate = median(limits) * part / 100
            loads: dict[str, list[Load]] = {ours.name: [], bare.name: []}
            for number in range(ROUNDS if part == GOAL else 1):
                for server in (ours, bare)[:: -1 if number % 2 else 1]:
                    load = paced(server.port, request, mode.pick(0.7, 4), CONNECTIONS, rate)
                    loads[server.name].append(load)
            for name, found in loads.items():
                _add(section, name, part, found)
                _unsent(section, f"{name} at {part} %", found, share)
            _added(section, part, loads[ours.name], loads[bare.name])
    return section


def _limits(server: Server, request: Request, mode: Mode) -> tuple[list[float], float]:
    """Requests a second in each round, and the server's share of its core meanwhile."""
    before, began = server.processor_s(), time.monotonic()
    seconds = mode.pick(0.7, 3)
    rates = [paced(server.port, request, seconds, CONNECTIONS, 0).rate for _ in range(ROUNDS)]
    return rates, (server.processor_s() - before) / (time.monotonic() - began)


def _add(section: Section, name: str, part: int, loads: list[Load]) -> None:
    for at in AT:
        section.add(
            f"{name} at {part} %, p{at}", "us", [load.us[at] for load in loads], x=part,
            series=f"{name} p{at}",
        )  # fmt: skip
    for load in loads:
        load.tell(section, f"{name} at {part} %")


def _unsent(section: Section, whose: str, loads: list[Load], share: float) -> None:
    """A server that does not keep up below its limit has failed, unless it was kept from it."""
    late = median(load.unsent / max(1, load.answered + load.unsent) for load in loads)
    if late > UNSENT:
        said = f"{whose}: {late:.0%} of the requests were never sent"
        if share < ALONE:
            said += f"; others were at work, at the limit the server had {share:.0%} of its core"
        (section.failures if share >= ALONE else section.missing).append(said)


def _added(section: Section, part: int, ours: list[Load], bare: list[Load]) -> None:
    """The difference of percentiles, round by round."""
    for at in AT:
        pairs = zip(ours, bare, strict=True)
        added = [one.us[at] - other.us[at] for one, other in pairs]
        section.add(f"added at {part} %, p{at}", "us", added, x=part, series=f"added p{at}")
