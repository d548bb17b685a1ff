"""Latency of a verify below the limit: requests are due by the clock, and counted from then.

The server's limit is found first. Then it gets parts of it, and the floor the same number of
requests, which shows what of a latency is uvicorn's, the kernel's and the machine's.
"""

from bench.plan import Mode
from bench.results import Section
from bench.wire.asked import Request, both
from bench.wire.clients import Load, paced
from bench.wire.servers import Server, floor, marzipan

CONNECTIONS = 64
GOAL = 70  # percent of the limit


def measure(name: str, mode: Mode) -> Section:
    section = Section(name=name)
    with marzipan() as ours, floor("uvicorn_raw") as bare:
        request = both(ours.url, ours.admin_key)["verify"]
        limit = _limit(ours, request, mode)
        section.add("the limit", "requests/s", [limit])
        for part in mode.pick((GOAL,), (10, 30, 50, GOAL, 80, 90)):
            rounds = 3 if part == GOAL and mode is not Mode.QUICK else 1
            for server in (ours, bare):
                loads = [
                    paced(server.port, request, mode.pick(1.5, 4), CONNECTIONS, limit * part / 100)
                    for _ in range(rounds)
                ]
                _add(section, server.name, part, loads)
    return section


def _limit(server: Server, request: Request, mode: Mode) -> float:
    seconds = mode.pick(1, 3)
    return max(paced(server.port, request, seconds, CONNECTIONS, 0).rate for _ in range(2))


def _add(section: Section, name: str, part: int, loads: list[Load]) -> None:
    for at in ("50", "99", "99.9"):
        section.add(
            f"{name} at {part} %, p{at}", "us", [load.us[at] for load in loads], x=part,
            series=f"{name} p{at}",
        )  # fmt: skip
    late = max(load.unsent / max(1, load.answered) for load in loads)
    if late > 0.01:
        section.failures.append(f"{name} at {part} %: {late:.0%} of the requests were never sent")
    for load in loads:
        load.tell(section, f"{name} at {part} %")
